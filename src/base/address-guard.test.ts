import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Resolve } from './address-guard.ts';
import { AddressGuard } from './address-guard.ts';
import type { AddressKind } from './address-kind.ts';
import { addressKind } from './address-kind.ts';

const kinds: Readonly<Record<AddressKind, readonly string[]>> = {
  loopback: [
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '::1', '::', '0:0:0:0:0:0:0:1', '::%lo'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:127.0.0.1', '::127.0.0.1', '::ffff:0:127.0.0.1'],
    ...['64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2002:7f00:0001:1::5'],
  ],
  'link-local': ['169.254.0.1', '169.254.255.255', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:169.254.7.7'],
  metadata: [
    ...['169.254.169.254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1'],
    ...['169.254.170.2', '168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', 'fd00:ec2:0::254'],
  ],
  private: [
    ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255'],
    ...['fc00::1', 'fd12:3456::1', '::ffff:10.0.0.1', '64:ff9b::c0a8:101', 'fec0::1', '192.0.2.1', '2001:db8::1'],
  ],
  public: ['1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '169.253.0.1', '2606:4700::1111', '64:ff9b::808:808'],
  special: [
    ...['224.0.0.1', '239.255.255.250', '255.255.255.255', '240.0.0.1', '192.0.0.1'],
    ...['ff02::c', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '64:ff9b:1::7f00:1', '4000::1', '100::1'],
  ],
};

describe('the kind of an address', () => {
  for (const [kind, addresses] of Object.entries(kinds)) {
    it(`is ${kind} in every spelling`, () => {
      for (const address of addresses) assert.equal(addressKind(address), kind, address);
    });
  }

  it('is none for what only a resolver would take for an address', () => {
    for (const text of [
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '127.0.0.1.',
      'localhost',
      '',
      '[::1]',
      '1.1.1.1 ',
    ])
      assert.equal(addressKind(text), undefined, text);
  });

  it('is the same for an IPv4 address in whatever IPv6 form it travels', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const kind = addressKind(address);
        const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
        const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const form of [`::ffff:${address}`, `::ffff:${groups}`, `64:ff9b::${address}`, `2002:${groups}::`])
          assert.equal(addressKind(form), kind, form);
      }),
    );
  });
});

/** A resolver that gives one answer after the other. */
function answers(...all: readonly (readonly string[])[]): { readonly resolve: Resolve; asked: number } {
  const made = {
    asked: 0,
    resolve: ((_, done) => {
      const addresses = all[Math.min(made.asked++, all.length - 1)]!;
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) satisfies Resolve,
  };
  return made;
}

describe('the address guard', () => {
  const usual = { kinds: ['private', 'public'], allowed: [] } as const;

  it('refuses an address at once, and a name when its addresses are known', async () => {
    const guard = new AddressGuard({ ...usual, resolve: answers(['169.254.169.254']).resolve });
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '169.254.169.254', 'fe80::1%lo'])
      assert.throws(() => guard.dial(address), { code: 'network/address-refused' }, address);
    const socket = connect({ port: 80, ...guard.dial('camera.example') });
    const [error] = await once(socket, 'error').catch((reason: unknown) => [reason]);
    assert.equal((error as { code?: string }).code, 'network/address-refused');
    await assert.rejects(guard.addresses('camera.example'), { code: 'network/address-refused' });
  });

  it('checks what the system makes of numbers that are no addresses', async () => {
    const guard = new AddressGuard(usual);
    for (const name of ['2130706433', '0x7f.1', '127.1', '0177.0.0.1'])
      await assert.rejects(guard.addresses(name), /network\/(?:address-refused|name-unknown)/, name);
  });

  it('dials the address that it looked at, and asks no second time', async (context) => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    // It answers rightly once; a second look would lead elsewhere.
    const names = answers(['127.0.0.1'], ['127.0.0.9']);
    const guard = new AddressGuard({ kinds: ['loopback'], allowed: [], resolve: names.resolve });
    const socket = connect({ port, ...guard.dial('camera.example') });
    await once(socket, 'connect');
    assert.equal(socket.remoteAddress, '127.0.0.1');
    assert.equal(names.asked, 1);
    socket.destroy();
  });

  it('drops the refused ones of several addresses', async () => {
    const guard = new AddressGuard({ ...usual, resolve: answers(['127.0.0.1', '192.168.1.9', '::1']).resolve });
    assert.deepEqual(await guard.addresses('camera.example'), ['192.168.1.9']);
  });

  it('permits what an admin has allowed, and a metadata service only where it is named in full', () => {
    const wide = new AddressGuard({ ...usual, allowed: ['0.0.0.0/0', '::/0'] });
    assert.equal(wide.permits('127.0.0.1'), true);
    assert.equal(wide.permits('169.254.3.4'), true);
    assert.equal(wide.permits('169.254.169.254'), false);
    assert.equal(wide.permits('fd00:ec2::254'), false);
    const named = new AddressGuard({ ...usual, allowed: ['169.254.169.254', '127.0.0.0/8'] });
    assert.equal(named.permits('169.254.169.254'), true);
    assert.equal(named.permits('127.4.4.4'), true);
    assert.equal(named.permits('::1'), false);
    assert.equal(named.permits('169.254.3.4'), false);
  });
});
