import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SdpTrack, SessionDescription } from './sdp.ts';
import { parseSdp, writeSdp } from './sdp.ts';

function parse(text: string): SessionDescription {
  const description = parseSdp(Buffer.from(text, 'latin1'));
  return { ...description, tracks: description.tracks.map((track) => ({ ...track, fmtp: { ...track.fmtp } })) };
}

describe('parseSdp', () => {
  it('reads what a camera with video, audio and metadata says', () => {
    const text =
      'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n' +
      'a=fmtp:96 packetization-mode=1; profile-level-id=4d401f;sprop-parameter-sets=Z01AFg==,aOlxSyA=\r\n' +
      'a=control:trackID=1\r\nm=application 0 RTP/AVP 107\r\na=control:trackID=3\r\n' +
      'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/48000/2\r\na=fmtp:97 config=1190;Mode=AAC-hbr\r\na=control:trackID=2\r\n';
    assert.deepEqual(parse(text), {
      control: '*',
      tracks: [
        {
          kind: 'video',
          encoding: 'H264',
          clockRate: 90_000,
          payloadType: 96,
          fmtp: {
            'packetization-mode': '1',
            'profile-level-id': '4d401f',
            'sprop-parameter-sets': 'Z01AFg==,aOlxSyA=',
          },
          control: 'trackID=1',
        },
        {
          kind: 'audio',
          encoding: 'MPEG4-GENERIC',
          clockRate: 48_000,
          channels: 2,
          payloadType: 97,
          fmtp: { config: '1190', mode: 'AAC-hbr' },
          control: 'trackID=2',
        },
      ],
    });
  });

  it('knows the static payload types, and takes of several formats the one that is explained', () => {
    const { tracks } = parse(
      'm=audio 0 RTP/AVP 8\nm=audio 0 RTP/AVP 0\nm=video 0 RTP/AVP 98 96\na=rtpmap:96 H265/90000\n',
    );
    assert.deepEqual(
      tracks.map((track) => `${track.encoding}/${track.clockRate} ${track.payloadType}`),
      ['PCMA/8000 8', 'PCMU/8000 0', 'H265/90000 96'],
    );
  });

  it('leaves out absurd numbers, names and media, and keeps a few tracks of very many', () => {
    assert.deepEqual(parse('m=video 99999999999 RTP/AVP 999 -1 x\r\na=rtpmap:999 H264/0\r\n').tracks, []);
    assert.deepEqual(parse('m=video 0 UDP 96\r\n').tracks, []);
    const [track] = parse('m=video 0 RTP/AVP 96\r\na=rtpmap:96 __proto__/90000\r\na=fmtp:96 __proto__=1\r\n').tracks;
    assert.equal(track?.encoding, '__PROTO__');
    assert.equal(
      Object.getPrototypeOf(parseSdp(Buffer.from('m=video 0 RTP/AVP 96\na=fmtp:96 __proto__=1')).tracks[0]?.fmtp),
      null,
    );
    const many = 'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n'.repeat(10_000);
    assert.equal(parse(many).tracks.length, 8);
  });

  it('does not take a skipped section for the session or for the section before', () => {
    const { control, tracks } = parse('m=video 0 RTP/AVP 96\na=control:v\nm=text 0 RTP/AVP 99\na=control:t\n');
    assert.deepEqual([control, tracks[0]?.control], ['', 'v']);
  });

  it('makes a description of any bytes', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom(
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 H264/90000',
        'a=fmtp:96 ',
        'a=control:',
        'm=audio 0 RTP/AVP 8',
      ),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\r\n', '\n', '\r', ''), (lines, end) => {
        assert.ok(parse(lines.join(end)).tracks.length <= 8);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseSdp(bytes)));
  });
});

describe('writeSdp', () => {
  it('writes what parseSdp reads as the same tracks', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
    const track: fc.Arbitrary<SdpTrack> = fc.record({
      kind: fc.constantFrom('video' as const, 'audio' as const),
      encoding: fc.stringMatching(/^[A-Z][A-Z0-9-]{0,10}$/),
      clockRate: fc.integer({ min: 1, max: 1_000_000 }),
      channels: fc.integer({ min: 1, max: 8 }),
      payloadType: fc.integer({ min: 96, max: 127 }),
      fmtp: fc.dictionary(word, fc.stringMatching(/^[A-Za-z0-9+/=,]{1,10}$/), { noNullPrototype: true }),
      control: word,
    });
    fc.assert(
      fc.property(fc.array(track, { maxLength: 8 }), (tracks) => {
        const written = tracks.map((each) => ({ ...each, fmtp: { ...each.fmtp } }));
        assert.deepEqual(parse(writeSdp('x', tracks).toString('latin1')), { control: '*', tracks: written });
      }),
    );
  });
});
