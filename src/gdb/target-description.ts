/** The XML that tells GDB which registers there are. GDB manual, appendix G. */
import { FEATURES, type Register } from './registers.ts';

interface Field {
  readonly name: string;
  /** Lowest and highest bit. */
  readonly bits: readonly [number, number];
}

const flag = (name: string, bit: number): Field => ({ name, bits: [bit, bit] });

/** SDM vol. 1, 3.4.3. */
const EFLAGS_FIELDS: readonly Field[] = [
  flag('CF', 0),
  flag('', 1),
  flag('PF', 2),
  flag('AF', 4),
  flag('ZF', 6),
  flag('SF', 7),
  flag('TF', 8),
  flag('IF', 9),
  flag('DF', 10),
  flag('OF', 11),
  { name: 'IOPL', bits: [12, 13] },
  flag('NT', 14),
  flag('RF', 16),
  flag('VM', 17),
  flag('AC', 18),
  flag('VIF', 19),
  flag('VIP', 20),
  flag('ID', 21),
];

/** SDM vol. 1, 10.2.3. */
const MXCSR_FIELDS: readonly Field[] = [
  ...['IE', 'DE', 'ZE', 'OE', 'UE', 'PE', 'DAZ', 'IM', 'DM', 'ZM', 'OM', 'UM', 'PM'].map(flag),
  { name: 'RC', bits: [13, 14] },
  flag('FZ', 15),
];

/** Names of a vec128's views are what users type: `p $xmm0.v4_float`. */
const VECTORS: readonly (readonly [string, string, number])[] = [
  ['v4_float', 'ieee_single', 4],
  ['v2_double', 'ieee_double', 2],
  ['v16_int8', 'int8', 16],
  ['v8_int16', 'int16', 8],
  ['v4_int32', 'int32', 4],
  ['v2_int64', 'int64', 2],
];

const flagsType = (id: string, fields: readonly Field[]): string[] => [
  `<flags id="${id}" size="4">`,
  ...fields.map(({ name, bits: [start, end] }) => {
    const type = start === end ? '' : ' type="uint32"';
    return `<field name="${name}" start="${start}" end="${end}"${type}/>`;
  }),
  '</flags>',
];

const vectorType = (): string[] => [
  ...VECTORS.map(([name, element, count]) => `<vector id="${name}" type="${element}" count="${count}"/>`),
  '<union id="vec128">',
  ...VECTORS.map(([name]) => `<field name="${name}" type="${name}"/>`),
  '<field name="uint128" type="uint128"/>',
  '</union>',
];

/** Types that a feature's registers use and GDB does not have. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'org.gnu.gdb.i386.core': flagsType('i386_eflags', EFLAGS_FIELDS),
  'org.gnu.gdb.i386.sse': [...vectorType(), ...flagsType('i386_mxcsr', MXCSR_FIELDS)],
};

const registerLine = ({ name, bits, type, group }: Register): string =>
  `<reg name="${name}" bitsize="${bits}" type="${type}"${group ? ` group="${group}"` : ''}/>`;

export const TARGET_DESCRIPTION: string = [
  '<?xml version="1.0"?>',
  '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
  '<target version="1.0">',
  '<architecture>i386</architecture>',
  ...FEATURES.flatMap(({ name, registers }) => [
    `<feature name="${name}">`,
    ...(TYPES[name] ?? []),
    ...registers.map(registerLine),
    '</feature>',
  ]),
  '</target>',
  '',
].join('\n');
