import { viewOf } from './bytes.ts';

/**
 * The setup header of a Linux kernel: in a bzImage at these offsets from the start of the file, in boot_params at
 * the same offsets. Source: Linux boot protocol 2.02 to 2.15 (Documentation/arch/x86/boot.rst).
 */
interface Field {
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  /** The first protocol version with this field; before it, `absent` is its value. */
  readonly since: number;
  readonly absent?: number;
}

export const SETUP_FIELDS = {
  setup_sects: { offset: 0x1f1, size: 1, since: 0x000 },
  root_flags: { offset: 0x1f2, size: 2, since: 0x000 },
  syssize: { offset: 0x1f4, size: 4, since: 0x204 },
  vid_mode: { offset: 0x1fa, size: 2, since: 0x000 },
  root_dev: { offset: 0x1fc, size: 2, since: 0x000 },
  boot_flag: { offset: 0x1fe, size: 2, since: 0x000 },
  jump_distance: { offset: 0x201, size: 1, since: 0x000 },
  header: { offset: 0x202, size: 4, since: 0x000 },
  version: { offset: 0x206, size: 2, since: 0x000 },
  type_of_loader: { offset: 0x210, size: 1, since: 0x200 },
  loadflags: { offset: 0x211, size: 1, since: 0x200 },
  code32_start: { offset: 0x214, size: 4, since: 0x200 },
  ramdisk_image: { offset: 0x218, size: 4, since: 0x200 },
  ramdisk_size: { offset: 0x21c, size: 4, since: 0x200 },
  heap_end_ptr: { offset: 0x224, size: 2, since: 0x201 },
  cmd_line_ptr: { offset: 0x228, size: 4, since: 0x202 },
  initrd_addr_max: { offset: 0x22c, size: 4, since: 0x203, absent: 0x37ffffff },
  kernel_alignment: { offset: 0x230, size: 4, since: 0x205 },
  relocatable_kernel: { offset: 0x234, size: 1, since: 0x205 },
  xloadflags: { offset: 0x236, size: 2, since: 0x20c },
  cmdline_size: { offset: 0x238, size: 4, since: 0x206, absent: 255 },
  payload_offset: { offset: 0x248, size: 4, since: 0x208 },
  payload_length: { offset: 0x24c, size: 4, since: 0x208 },
  pref_address: { offset: 0x258, size: 8, since: 0x20a },
  init_size: { offset: 0x260, size: 4, since: 0x20a },
} as const satisfies Record<string, Field>;

export type SetupFieldName = keyof typeof SETUP_FIELDS;

/** "HdrS". */
export const SETUP_MAGIC = 0x53726448;
export const BOOT_FLAG = 0xaa55;
/** Where the copied part of the header begins. */
export const HEADER_START = 0x1f1;

/** loadflags: the protected-mode code belongs at 1 MB (bzImage) and not at 64 KB (zImage). */
export const LOADED_HIGH = 0x01;
/** xloadflags: the kernel has a 64-bit entry point. */
export const XLF_KERNEL_64 = 0x01;

/** Reads and writes setup header fields in bytes laid out like a bzImage or boot_params. */
export class SetupHeader {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes);
  }

  get version(): number {
    return this.#read(SETUP_FIELDS.version);
  }

  /** The end of the header, which the distance of the jump over it gives. */
  get end(): number {
    return SETUP_FIELDS.header.offset + this.#read(SETUP_FIELDS.jump_distance);
  }

  get(name: SetupFieldName): number {
    const field: Field = SETUP_FIELDS[name];
    return this.version < field.since ? (field.absent ?? 0) : this.#read(field);
  }

  set(values: Partial<Record<SetupFieldName, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const { offset, size } = SETUP_FIELDS[name as SetupFieldName];
      for (let i = 0; i < size; i++) this.#view.setUint8(offset + i, Math.floor(value / 2 ** (8 * i)) & 0xff);
    }
  }

  #read({ offset, size }: Field): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#view.getUint8(offset + i);
    return value;
  }
}
