/** `start`, `config`, `quick`, `run`, `detect`: the running system, each with other settings above the file. */
import type { CameraId } from '../../base/ids.ts';
import { parseCameraId } from '../../base/ids.ts';
import type { Secret } from '../../base/secret.ts';
import { tryCameraSource } from '../../config/camera-source.ts';
import { detectOverrides, overridesOf, quickOverrides, streamsOnly } from '../overrides.ts';
import { askPassword } from '../passwords.ts';
import { usage } from '../problems.ts';
import { serve } from '../serve.ts';
import type { Command, Context } from './context.ts';

export const start: Command = ({ options, out, io }) =>
  serve(options, { overrides: overridesOf(options, io.cwd), rtspServer: true, demo: true }, out, io);

export const config: Command = async (context) => {
  if (context.options['config'] === undefined) throw usage('config needs -c FILE', 'see sentrix config --help');
  return await start(context);
};

export const quick: Command = ({ options, out, io }) =>
  serve(
    options,
    { overrides: [...quickOverrides(options), ...overridesOf(options, io.cwd)], rtspServer: true, demo: false },
    out,
    io,
  );

export const run: Command = ({ options, out, io }) =>
  serve(
    options,
    { overrides: [...overridesOf(options, io.cwd), ...streamsOnly()], rtspServer: true, demo: false },
    out,
    io,
  );

export const detect: Command = async (context) => {
  const { options, out, io } = context;
  const overrides = [...overridesOf(options, io.cwd), ...detectOverrides(options)];
  const credentials = await credentialsOf(context);
  return await serve(options, { overrides, rtspServer: false, demo: false, credentials }, out, io);
};

/** One password for all of the given streams; their user stands in the URL. */
async function credentialsOf({ options, io }: Context): Promise<Map<CameraId, { username: string; password: Secret }>> {
  const found = new Map<CameraId, { username: string; password: Secret }>();
  if (options['password-stdin'] !== true) return found;
  const password = await askPassword(io, { fromStdin: true, prompt: '', confirm: false });
  for (const [index, url] of (options['rtsp-url'] as readonly string[]).entries()) {
    const source = tryCameraSource(url);
    if ('url' in source) found.set(parseCameraId(`camera-${index + 1}`), { username: source.username ?? '', password });
  }
  return found;
}
