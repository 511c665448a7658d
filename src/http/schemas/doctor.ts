/** The deployment checklist, as an admin reads it. */
import type { Static } from 'typebox';
import { Type } from 'typebox';

const CheckStatus = Type.Enum(['pass', 'warn', 'fail']);

export const DoctorReport = Type.Object({
  checks: Type.Array(
    Type.Object({
      id: Type.String(),
      title: Type.String(),
      status: CheckStatus,
      findings: Type.Array(
        Type.Object({
          status: CheckStatus,
          why: Type.String(),
          mend: Type.Optional(Type.String({ description: 'what to do, to the letter' })),
        }),
      ),
    }),
  ),
});
export type DoctorReport = Static<typeof DoctorReport>;
