import Type from 'typebox';
import { flag, section } from './vocabulary.ts';

const whole = (description: string, unit: string, fallback: number, minimum: number, maximum: number) =>
  Type.Integer({ description, unit, default: fallback, minimum, maximum });

const file = (description: string) => Type.String({ description, default: '', format: 'path' });

export const security = section('Who may do what, and how it is kept secret.', {
  use_tls: flag('serve HTTPS and RTSPS', true),
  tls_key: file('private key of your own certificate (PEM); empty: one is generated'),
  tls_cert: file('your own certificate with its chain (PEM)'),
  require_auth: flag('nothing without an account', true),
  session_timeout: whole('a session ends after this long without use', 's', 3600, 60, 31_536_000),
  session_absolute: whole('a session ends after this long in any case', 's', 2_592_000, 300, 31_536_000),
  max_login_attempts: whole('wrong passwords before an account is locked', 'tries', 5, 1, 100),
  lockout_duration: whole('how long it is locked', 's', 300, 1, 86_400),
  requests_per_minute: whole('requests of one account before it has to wait', 'requests', 3000, 60, 1_000_000),
  publisher_can_view: flag('let accounts that publish also view', false),
  rotation_days: Type.Union([Type.Integer({ minimum: 1, maximum: 3650 }), Type.Null()], {
    description: 'age at which the doctor asks to rotate credentials; empty: never',
    unit: 'days',
    default: 90,
  }),
  encryption: section('How recordings are encrypted.', {
    mode: Type.Union([Type.Enum(['keyfile', 'passphrase', 'keyring', 'systemd', 'recipients_only']), Type.Null()], {
      description: 'demand that the owner key is kept this way; empty: as chosen at set-up',
      default: null,
    }),
    recipients: Type.Array(Type.String({ format: 'age-recipient' }), {
      description: 'age recipients (`age1…`) that can open every recording besides the owner',
      default: [],
      maxItems: 32,
    }),
    post_quantum: Type.Boolean({
      description:
        'an owner key made from now on (set-up, `key rotate`) is post-quantum (`age1pq1…`), and so are its day keys; the `age` tool opens them from version 1.3 on',
      default: false,
    }),
  }),
  deletion: section(
    'What stands before recordings are deleted or a day is shredded by hand. Retention does not wait.',
    {
      delay_days: whole('it waits this long, and can be stopped meanwhile', 'days', 0, 0, 365),
      second_admin: flag('another admin has to agree; with a delay, it is done at its end all the same', false),
    },
  ),
  acme: section(
    'A certificate from a public authority.',
    {
      directory: Type.String({
        description: 'URL of the ACME directory; empty: off',
        default: '',
        format: 'https-url',
      }),
      domains: Type.Array(Type.String({ format: 'host' }), {
        description: 'names on the certificate',
        default: [],
        maxItems: 32,
      }),
      email: Type.String({ description: 'where the authority may write', default: '', maxLength: 254 }),
    },
    { later: 'notice' },
  ),
});

export const audit = section('The tamper-evident log.', {
  witnesses: Type.Array(
    Type.Object({
      kind: Type.Enum(['file', 'http', 'timestamp'], { description: 'what the witness is' }),
      target: Type.String({ description: 'its file or URL', format: 'connection', minLength: 1 }),
    }),
    { description: 'places outside this machine that get each checkpoint', default: [], maxItems: 16 },
  ),
});
