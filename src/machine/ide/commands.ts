/** The commands of an ATA disk (ATA/ATAPI-6, clause 8), by opcode. What is missing is aborted. */
import type { AtaDrive, TransferRequest } from './drive.ts';
import { MOST_MULTIPLE } from './identify.ts';
import { DEVICE, ERROR } from './registers.ts';

type Command = (drive: AtaDrive) => void;

interface TransferLine {
  opcodes: readonly number[];
  direction: TransferRequest['direction'];
  mode: 'sectors' | 'multiple' | 'dma';
  extended?: boolean;
}

/** READ and WRITE SECTORS and DMA exist twice: the second opcode asked for no retries once. */
const TRANSFERS: readonly TransferLine[] = [
  { opcodes: [0x20, 0x21], direction: 'read', mode: 'sectors' },
  { opcodes: [0x24], direction: 'read', mode: 'sectors', extended: true },
  { opcodes: [0x30, 0x31], direction: 'write', mode: 'sectors' },
  { opcodes: [0x34], direction: 'write', mode: 'sectors', extended: true },
  { opcodes: [0xc4], direction: 'read', mode: 'multiple' },
  { opcodes: [0x29], direction: 'read', mode: 'multiple', extended: true },
  { opcodes: [0xc5], direction: 'write', mode: 'multiple' },
  { opcodes: [0x39], direction: 'write', mode: 'multiple', extended: true },
  { opcodes: [0xc8, 0xc9], direction: 'read', mode: 'dma' },
  { opcodes: [0x25], direction: 'read', mode: 'dma', extended: true },
  { opcodes: [0xca, 0xcb], direction: 'write', mode: 'dma' },
  { opcodes: [0x35], direction: 'write', mode: 'dma', extended: true },
];

function transfer({ direction, mode, extended = false }: TransferLine): Command {
  return (drive) => {
    const blockSectors = mode === 'multiple' ? drive.settings.multiple : 1;
    if (blockSectors === 0) drive.fail(ERROR.ABORTED);
    else drive.startTransfer({ direction, dma: mode === 'dma', extended, blockSectors });
  };
}

const succeed: Command = (drive) => drive.complete();

/** The heads and sectors a track that CHS addresses count in from now on. */
const initializeDeviceParameters: Command = (drive) => {
  const { taskFile, settings } = drive;
  const { geometry } = settings;
  const [heads, sectors] = [(taskFile.device & DEVICE.HEAD) + 1, taskFile.sectorCount];
  if (sectors === 0) return drive.fail(ERROR.ABORTED);
  const tracks = (geometry.cylinders * geometry.heads * geometry.sectors) / sectors;
  settings.geometry = { cylinders: Math.max(1, Math.floor(tracks / heads)), heads, sectors };
  drive.complete();
};

const setMultipleMode: Command = (drive) => {
  const sectors = drive.taskFile.sectorCount;
  const valid = sectors <= MOST_MULTIPLE && (sectors & (sectors - 1)) === 0;
  if (!valid) return drive.fail(ERROR.ABORTED);
  drive.settings.multiple = sectors;
  drive.complete();
};

const checkPowerMode: Command = (drive) => {
  const ACTIVE = 0xff;
  drive.taskFile.sectorCount = ACTIVE;
  drive.complete();
};

/** SET FEATURES, transfer mode: the upper five bits are the kind, the lower three the mode (8.46.11, table 44). */
const TRANSFER_KIND = { PIO_DEFAULT: 0, PIO: 1, MULTIWORD_DMA: 4 };
const MOST_MODE: Record<number, number> = {
  [TRANSFER_KIND.PIO_DEFAULT]: 1,
  [TRANSFER_KIND.PIO]: 4,
  [TRANSFER_KIND.MULTIWORD_DMA]: 2,
};

/** False for a mode that the drive lacks. */
function setTransferMode({ settings, taskFile }: AtaDrive): boolean {
  const [kind, mode] = [taskFile.sectorCount >> 3, taskFile.sectorCount & 7];
  if (!(mode <= MOST_MODE[kind])) return false;
  settings.dmaMode = kind === TRANSFER_KIND.MULTIWORD_DMA ? mode : undefined;
  return true;
}

/** Subcommands of SET FEATURES; false aborts. */
const FEATURES = new Map<number, (drive: AtaDrive) => boolean>([
  [0x02, ({ settings }) => (settings.writeCache = true)],
  [0x82, ({ settings }) => !(settings.writeCache = false)],
  [0xaa, ({ settings }) => (settings.lookAhead = true)],
  [0x55, ({ settings }) => !(settings.lookAhead = false)],
  [0x03, setTransferMode],
]);

const setFeatures: Command = (drive) => {
  const { writeCache } = drive.settings;
  if (!FEATURES.get(drive.taskFile.features)?.(drive)) return drive.fail(ERROR.ABORTED);
  // What the cache held has to be safe when it is switched off.
  if (writeCache && !drive.settings.writeCache) drive.flush();
  else drive.complete();
};

/** Opcodes with the low four bits free. */
const sixteen = (first: number): number[] => Array.from({ length: 16 }, (_, i) => first + i);

const OTHERS: readonly [readonly number[], Command][] = [
  [sixteen(0x10), succeed], // RECALIBRATE
  [[0x40, 0x41], (drive) => drive.verify(false)],
  [[0x42], (drive) => drive.verify(true)],
  [sixteen(0x70), succeed], // SEEK
  [[0x91], initializeDeviceParameters],
  [[0xc6], setMultipleMode],
  [[0xe0, 0xe1, 0xe2, 0xe3, 0xe6], succeed], // STANDBY, IDLE, at once or by timer; SLEEP
  [[0xe5], checkPowerMode],
  [[0xe7, 0xea], (drive) => drive.flush()],
  [[0xec], (drive) => drive.sendIdentity()],
  [[0xef], setFeatures],
];

/** Goes to both devices of a channel, so the channel does it. */
export const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;

export const COMMANDS: ReadonlyMap<number, Command> = new Map([
  ...TRANSFERS.flatMap((line) => line.opcodes.map((opcode): [number, Command] => [opcode, transfer(line)])),
  ...OTHERS.flatMap(([opcodes, command]) => opcodes.map((opcode): [number, Command] => [opcode, command])),
]);
