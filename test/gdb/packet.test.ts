import { describe, expect, test } from 'vitest';
import { encodePacket, MAX_PACKET, PacketReader, ProtocolError } from '../../src/gdb/packet.ts';

const feed = (...chunks: string[]) => {
  const reader = new PacketReader();
  return chunks.flatMap((chunk) => reader.feed(Buffer.from(chunk, 'latin1')));
};

describe('packets', () => {
  test('are read whatever way they are cut', () => {
    const found = [{ kind: 'packet', payload: 'qC' }, { kind: 'interrupt' }, { kind: 'packet', payload: 'g' }];
    expect(feed('+$qC#b4', '\x03', '$g#67')).toEqual(found);
    expect(feed(...'+$qC#b4\x03$g#67')).toEqual(found);
  });

  test('with a wrong checksum are told apart', () => {
    expect(feed('$g#68$g#67')).toEqual([{ kind: 'corrupt' }, { kind: 'packet', payload: 'g' }]);
  });

  test('may be asked for again', () => {
    expect(feed('-+')).toEqual([{ kind: 'repeat' }]);
  });

  test('carry any byte both ways', () => {
    const payload = Array.from({ length: 256 }, (_, n) => String.fromCharCode(n)).join('');
    expect(feed(encodePacket(payload).toString('latin1'))).toEqual([{ kind: 'packet', payload }]);
  });

  test('have the checksum of the manual', () => {
    expect(encodePacket('OK').toString()).toBe('$OK#9a');
    expect(encodePacket('').toString()).toBe('$#00');
  });

  test.each(['GET / HTTP/1.1\r\n', 'hello', '\x00', '$g#zz', `$${'x'.repeat(MAX_PACKET + 1)}`])(
    'are not what %j is',
    (text) => expect(() => feed(text)).toThrow(ProtocolError),
  );
});
