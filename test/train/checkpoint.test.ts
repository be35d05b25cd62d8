/** Checkpoints as earlier versions wrote them go on being read, and what is none is refused with a plain sentence. */
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint';
import type { Checkpoint } from '../../src/train/types';

const checkpoint: Checkpoint = {
  step: 3, params: Float32Array.of(0.5, -1.25), m: Float32Array.of(0.125, 2), v: Float32Array.of(1e-3, 4), losses: [1.5, 1.25, 1 / 3], tokens: 77,
  kernels: { nt: 'tiled' },
};

/** The same checkpoint, written by the code of each version (commits 45434fe, 735c1d4 and 638d98e). */
const WRITTEN = {
  1: 'VEFUUwEAAAADAAAAAgAAAAMAAABNAAAAAAAAPwAAoL8AAAA+AAAAQG8SgzoAAIBAAAAAAAAA+D8AAAAAAAD0P1VVVVVVVdU/8TH9tQ==',
  2: 'VEFUUwIAAAADAAAAAgAAAAMAAABNAAAADgAAAAAAAD8AAKC/AAAAPgAAAEBvEoM6AACAQAAAAAAAAPg/AAAAAAAA9D9VVVVVVVXVP3sibnQiOiJ0aWxlZCJ92JQM0g==',
  3: 'VEFUUwMAAAADAAAAAgAAAAMAAABNAAAADgAAAAIAAAAAAAA/AACgvwAAAD4AAABAbxKDOgAAgEAAAAAAAAD4PwAAAAAAAPQ/VVVVVVVV1T97Im50IjoidGlsZWQifcP0gp0=',
};
const written = (version: keyof typeof WRITTEN) => new Uint8Array(Buffer.from(WRITTEN[version], 'base64'));

describe('a checkpoint of', () => {
  it('the first version has everything but kernels, which had no names yet', () => {
    expect(decodeCheckpoint(written(1))).toEqual({ ...checkpoint, kernels: {} });
  });

  it('the second version has its kernels, and moments as long as the parameters', () => {
    expect(decodeCheckpoint(written(2))).toEqual(checkpoint);
  });

  it('the third version is what is written today', () => {
    expect(decodeCheckpoint(written(3))).toEqual(checkpoint);
    expect(encodeCheckpoint(checkpoint)).toEqual(written(3));
  });
});

describe('is refused:', () => {
  const refused = (bytes: Uint8Array, sentence: string) =>
    expect(() => decodeCheckpoint(bytes)).toThrow(expect.objectContaining({ code: 'checkpoint-broken', message: sentence, remedy: 'Start this run again from the beginning.' }));

  it('a version that is not known yet, and none', () => {
    for (const version of [0, 4]) {
      const bytes = written(3);
      bytes[4] = version;
      refused(bytes, 'The checkpoint is of another format.');
    }
  });

  it('a file that is no checkpoint, or an empty one', () => {
    refused(new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'), 'The checkpoint is of another format.');
    refused(new Uint8Array(0), 'The checkpoint is cut short.');
  });

  it.each([1, 2, 3] as const)('one of version %i that is cut short or touched', (version) => {
    const bytes = written(version);
    refused(bytes.slice(0, -1), 'The checkpoint is cut short.');
    bytes[40] ^= 1;
    refused(bytes, 'The checkpoint does not match its checksum.');
  });

  it('lengths that promise more than the file has', () => {
    const bytes = written(3);
    new DataView(bytes.buffer).setUint32(12, 0xffffffff, true);
    refused(bytes, 'The checkpoint is cut short.');
  });
});
