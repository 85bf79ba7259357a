/** Fetches Debian packages of another architecture with apt, without touching the system's own package lists. */
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A private apt for one architecture. All its files live below one directory. */
export class Apt {
  readonly #directory: string;
  readonly #options: readonly string[];

  /** @param directory host directory for lists and packages; made when missing
   *  @param architecture Debian's name of it, such as `i386` */
  constructor(directory: string, architecture: string) {
    this.#directory = directory;
    const settings = {
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'APT::Sandbox::User': '',
      'Dir::State::Lists': join(directory, 'lists'),
      'Dir::Cache': join(directory, 'cache'),
    };
    this.#options = Object.entries(settings).map(([name, value]) => `-o${name}=${value}`);
  }

  /**
   * Reads the package lists. One broken list is not the end: what matters is whether the packages are found
   * afterwards.
   */
  async update(): Promise<void> {
    for (const part of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(this.#directory, part), { recursive: true });
    await run('apt-get', [...this.#options, 'update']).catch((error: { code?: unknown }) => {
      if (error.code === 'ENOENT') throw new Error('apt-get is not there');
    });
  }

  /**
   * Downloads package `name`. Returns the path of its .deb file. Throws with apt's first complaint when it cannot be
   * had.
   */
  async download(name: string): Promise<string> {
    const into = join(this.#directory, 'packages', name);
    await mkdir(into, { recursive: true });
    await run('apt-get', [...this.#options, 'download', name], { cwd: into }).catch((error: { stderr?: string }) => {
      const complaint = /^E: .*/m.exec(error.stderr ?? '')?.[0] ?? String(error);
      throw new Error(`package ${name} cannot be downloaded: ${complaint}`);
    });
    const file = (await readdir(into)).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get left no file for package ${name}`);
    return join(into, file);
  }

  /** The packages that the file `deb` depends on, names only. */
  async dependencies(deb: string): Promise<string[]> {
    const { stdout } = await run('dpkg-deb', ['--field', deb, 'Depends']);
    return stdout.split(',').map((dependency) => dependency.trim().replace(/[ (|:].*/s, ''));
  }

  /** Unpacks the files of `deb` into a directory of its own. Returns that directory. */
  async extract(deb: string): Promise<string> {
    const tree = deb.replace(/\.deb$/, '');
    await mkdir(tree, { recursive: true });
    await run('dpkg-deb', ['--extract', deb, tree]);
    return tree;
  }
}
