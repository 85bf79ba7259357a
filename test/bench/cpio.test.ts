import { expect, test } from 'vitest';
import { cpio } from '../../bench/debian/cpio.ts';

test('an archive is headers, names and data in multiples of four bytes', () => {
  const archive = cpio([
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'character', path: 'dev/console', mode: 0o600, device: [5, 1] },
    { kind: 'file', path: 'init', mode: 0o755, data: Buffer.from('hello') },
    { kind: 'link', path: 'sh', target: 'init' },
  ]).toString('latin1');
  // magic, inode, mode, uid, gid, nlink, mtime, size, device, device, special device, special device, name size,
  // checksum
  const header = (...fields: string[]) => '070701' + fields.map((field) => field.padStart(8, '0')).join('');
  const nothing = ['0', '0', '1', '0'];
  expect(archive).toBe(
    header('1', '41ED', ...nothing, '0', '0', '0', '0', '0', '4', '0') +
      'dev\0\0\0' +
      header('2', '2180', ...nothing, '0', '0', '0', '5', '1', 'C', '0') +
      'dev/console\0\0\0' +
      header('3', '81ED', ...nothing, '5', '0', '0', '0', '0', '5', '0') +
      'init\0\0' +
      'hello\0\0\0' +
      header('4', 'A1FF', ...nothing, '4', '0', '0', '0', '0', '3', '0') +
      'sh\0\0\0\0' +
      'init' +
      header('0', '0', ...nothing, '0', '0', '0', '0', '0', 'B', '0') +
      'TRAILER!!!\0\0\0\0',
  );
});
