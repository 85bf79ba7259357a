/** Regions with loops ask once whether SSE may be used; where it may not, the instruction itself must still raise it. */
import { expect, test } from 'vitest';
import { type CpuEngine, createCpu } from '../../src/index.ts';

const CODE = 0x1000;
const ADDSD = CODE + 6;
/** mov ecx, 3; nop; addsd xmm0, xmm0; loop to addsd; ud2 */
const LOOP = [0xb9, 3, 0, 0, 0, 0x90, 0xf2, 0x0f, 0x58, 0xc0, 0xe2, 0xfa, 0x0f, 0x0b];
const CR0 = 0x31;
const CR0_TS = 8;
const CR4_SSE = 0x600;
const UD = 6;
const NM = 7;

test.each<CpuEngine>(['interpreter', 'translator', 'single'])(
  'CR0.TS raises #NM at addsd in a loop (%s)',
  async (engine) => {
    const cpu = await createCpu({ engine, memory: 1 << 16 });
    cpu.enterFlatMode(0);
    cpu.load(CODE, Uint8Array.from(LOOP));
    cpu.registers.cr4 = CR4_SSE;
    // The second time the region is there.
    for (const cr0 of [CR0, CR0 | CR0_TS, CR0, CR0 | CR0_TS]) {
      cpu.registers.cr0 = cr0;
      cpu.registers.eip = CODE;
      cpu.registers.ecx = 0;
      cpu.run({ instructions: 100, fault: true });
      const { eip, ecx } = cpu.registers;
      if (cr0 & CR0_TS) expect([cpu.fault?.vector, eip, ecx]).toEqual([NM, ADDSD, 3]);
      else expect([cpu.fault?.vector, ecx]).toEqual([UD, 0]);
    }
    await cpu.close();
  },
);
