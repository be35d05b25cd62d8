/** Where downloaded model files are kept: private files in a page, a folder in Node. A file may be there in part. */
import type { ByteSource } from './byteSource';

export interface FileSink {
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is kept from here on, whatever happens next. */
  close(): Promise<void>;
}

/** Paths are made by `store/blobPath`'s rules: segments of `[A-Za-z0-9@._-]+` between slashes. */
export interface FileCache {
  /** Bytes of a file that are there, 0 where it is not. */
  size(path: string): Promise<number>;
  /** Goes on writing at byte `at`; what lay beyond is dropped. @throws StudioError `store-full` */
  append(path: string, at: number): Promise<FileSink>;
  open(path: string): Promise<ByteSource>;
  /** A file, or a folder with all it holds. */
  remove(path: string): Promise<void>;
}
