import { rename, rm, stat } from 'node:fs/promises';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Has host directory `path` filled by `fill` unless it is there. Two processes may do so at once: the first to rename
 * wins, and its result is as good.
 */
export async function fillOnce(path: string, fill: (into: string) => Promise<void>): Promise<void> {
  if (await exists(path)) return;
  const fresh = `${path}-${process.pid}`;
  try {
    await fill(fresh);
    await rename(fresh, path).catch(async (error) => {
      if (!(await exists(path))) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
