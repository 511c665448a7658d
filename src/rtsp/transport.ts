/** The Transport and Session fields (RFC 2326 §12.39, §12.37), as far as interleaved TCP needs them. */

export interface Transport {
  /** RTP over the RTSP connection. False is anything else: UDP, multicast, SRTP. */
  readonly interleaved: boolean;
  /** Channels for RTP and RTCP, where named. */
  readonly channels: readonly [rtp: number, rtcp: number] | undefined;
  readonly mode: 'play' | 'record' | undefined;
}

const mostAlternatives = 8;

/** The alternatives of a Transport field, best first; nothing for what can't be read. */
export function parseTransport(value: string): Transport[] {
  return value
    .split(',', mostAlternatives)
    .map((alternative) => alternative.split(';', 32).map((part) => part.trim()))
    .filter(([protocol]) => protocol !== undefined && protocol !== '')
    .map(([protocol, ...parameters]) => {
      const named = (name: string): string | undefined =>
        parameters
          .find((parameter) => parameter.toLowerCase().startsWith(`${name}=`))
          ?.slice(name.length + 1)
          .trim();
      const mode = named('mode')?.replace(/"/g, '').toLowerCase();
      return {
        interleaved: /^RTP\/AVP\/TCP$/i.test(protocol!) && !parameters.some((part) => /^multicast$/i.test(part)),
        channels: parseChannels(named('interleaved')),
        // "receive" is what some old publishers call recording.
        mode: mode === 'record' || mode === 'receive' ? 'record' : mode === 'play' ? 'play' : undefined,
      };
    });
}

function parseChannels(text: string | undefined): readonly [number, number] | undefined {
  const match = text === undefined ? null : /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const rtp = Number(match[1]);
  const rtcp = match[2] === undefined ? rtp + 1 : Number(match[2]);
  return rtp > 255 || rtcp > 255 || rtp === rtcp ? undefined : [rtp, rtcp];
}

export interface Session {
  /** Of the other side; checked again when written. */
  readonly id: string;
  readonly timeoutSeconds: number;
}

const defaultTimeoutSeconds = 60;

export function parseSession(value: string): Session | undefined {
  const [id, ...parameters] = value.split(';', 8).map((part) => part.trim());
  if (id === undefined || id === '' || id.length > 256) return undefined;
  const timeout = parameters.map((parameter) => /^timeout\s*=\s*(\d{1,9})$/i.exec(parameter)?.[1]).find(Boolean);
  const seconds = timeout === undefined ? defaultTimeoutSeconds : Number(timeout);
  return { id, timeoutSeconds: seconds === 0 ? defaultTimeoutSeconds : seconds };
}
