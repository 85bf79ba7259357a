/** Listens for a debugger, on this host only. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { UserError } from '../errors.ts';
import type { GdbOptions, Stats } from '../machine/api.ts';
import type { Debugger } from '../machine/debug/debugger.ts';
import { monitor } from './monitor.ts';
import { ProtocolError } from './packet.ts';
import { Session } from './session.ts';

/** What can be debugged. */
export interface Debuggable {
  readonly debugger: Debugger;
  stats(): Stats;
  stop(): Promise<void>;
  once(event: 'stop', listener: () => void): unknown;
}

const LOOPBACK = '127.0.0.1';

/**
 * Serves one debugger after the other until the machine is stopped.
 * @throws UserError when the port cannot be had
 */
export const serveGdb = async (machine: Debuggable, { port, wait = false, notice }: GdbOptions): Promise<void> => {
  const say = (text: string) => notice?.(`gdb: ${text}`);
  let busy = false;
  const server = createServer((socket) => {
    if (busy) {
      say('a second debugger was turned away');
      socket.destroy();
      return;
    }
    busy = true;
    serve(machine, socket, say).then(() => {
      busy = false;
    });
  });
  await listen(server, port);
  machine.once('stop', () => server.close());
  if (wait) machine.debugger.halt();
  const address = `${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  say(wait ? `the guest waits for a debugger on ${address}` : `listening on ${address}`);
};

const REASONS: Readonly<Record<string, string>> = { EADDRINUSE: 'is in use', EACCES: 'may not be used' };

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UserError(`gdb: port ${port} ${REASONS[error.code ?? ''] ?? `fails: ${error.message}`}`)),
    );
    server.listen(port, LOOPBACK, resolve);
  });

/** One connection, to its end. */
const serve = (machine: Debuggable, socket: Socket, say: (text: string) => void): Promise<void> => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let attached = false;
  const letGo = (why: string): void => {
    if (!attached) return;
    attached = false;
    machine.debugger.detach();
    say(`${why}; the guest goes on`);
  };
  const session = new Session({
    debugger: machine.debugger,
    monitor: (line) => monitor({ cpu: machine.debugger.cpu, stats: () => machine.stats() }, line),
    attach: () => {
      attached = true;
      machine.debugger.attach();
      machine.debugger.halt();
      say('a debugger holds the guest');
    },
    detach: () => letGo('the debugger has detached'),
    kill: () => {
      attached = false;
      machine.stop();
    },
    send: (bytes) => {
      if (socket.writable) socket.write(bytes);
    },
  });
  const onStop = () => {
    attached = false;
    // What was said last is still to be sent.
    setImmediate(() => socket.end());
  };
  machine.once('stop', onStop);
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    try {
      session.receive(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      say(`what a client sent is not GDB's protocol (${error.message}); it was disconnected`);
      socket.destroy();
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    letGo('the debugger has gone away');
    close();
  });
  return closed;
};
