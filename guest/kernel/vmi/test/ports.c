/* Port input and output, at the PIC's mask and in the configuration space of the PCI host bridge. */
#include "io.h"
#include "privileged.h"
#include "test.h"

enum {
  PIC_MASK = 0x21, SPARE_LINE = 1 << 7,
  PCI_ADDRESS = 0xCF8, PCI_DATA = 0xCFC, PCI_HOST_BRIDGE = (int)0x80000000,
  PCI_INTERRUPT_LINE = 0x3C, /* a byte that can be written and means nothing */
  ITEMS = 3,
};

static u32 in(const void *operation, u16 port) {
  u32 value;
  __asm__ volatile("call *%[operation]" : "=a"(value), "+d"(port) : [operation] "m"(operation) : "ecx", "memory", "cc");
  return value;
}

static void out(const void *operation, u32 value, u16 port) {
  __asm__ volatile("call *%[operation]" : "+a"(value), "+d"(port) : [operation] "m"(operation) : "ecx", "memory", "cc");
}

static void in_string(const void *operation, void *to, u16 port, u32 count) {
  __asm__ volatile("call *%[operation]"
                   : "+D"(to), "+d"(port), "+c"(count)
                   : [operation] "m"(operation)
                   : "eax", "memory", "cc");
}

static void out_string(const void *operation, const void *from, u16 port, u32 count) {
  __asm__ volatile("call *%[operation]"
                   : "+S"(from), "+d"(port), "+c"(count)
                   : [operation] "m"(operation)
                   : "eax", "memory", "cc");
}

static void pci_select(u32 offset) { port_write32(PCI_ADDRESS, (u32)PCI_HOST_BRIDGE | offset); }

TEST(INB) {
  EXPECT(in(operations.INB, PIC_MASK) == port_read8(PIC_MASK), "differs from the instruction");
  return PASS;
}

TEST(INW) {
  pci_select(0);
  EXPECT(in(operations.INW, PCI_DATA) == port_read16(PCI_DATA), "differs from the instruction");
  return PASS;
}

TEST(INL) {
  pci_select(0);
  EXPECT(in(operations.INL, PCI_DATA) == port_read32(PCI_DATA), "differs from the instruction");
  return PASS;
}

TEST(OUTB) {
  u8 before = port_read8(PIC_MASK);
  out(operations.OUTB, before ^ SPARE_LINE, PIC_MASK);
  u8 after = port_read8(PIC_MASK);
  port_write8(PIC_MASK, before);
  EXPECT(after == (before ^ SPARE_LINE), "the port does not hold what was written");
  return PASS;
}

TEST(OUTW) {
  pci_select(PCI_INTERRUPT_LINE);
  u16 before = port_read16(PCI_DATA);
  out(operations.OUTW, before ^ 0x5A, PCI_DATA);
  u16 after = port_read16(PCI_DATA);
  port_write16(PCI_DATA, before);
  EXPECT(after == (before ^ 0x5A), "the port does not hold what was written");
  return PASS;
}

TEST(OUTL) {
  out(operations.OUTL, (u32)PCI_HOST_BRIDGE | PCI_INTERRUPT_LINE, PCI_ADDRESS);
  EXPECT(port_read32(PCI_ADDRESS) == ((u32)PCI_HOST_BRIDGE | PCI_INTERRUPT_LINE),
         "the port does not hold what was written");
  return PASS;
}

TEST(INSB) {
  u8 items[ITEMS + 1] = {0}, expected = port_read8(PIC_MASK);
  in_string(operations.INSB, items, PIC_MASK, ITEMS);
  for (u32 i = 0; i < ITEMS; i++) EXPECT(items[i] == expected, "differs from the instruction");
  EXPECT(items[ITEMS] == 0, "too many were read");
  return PASS;
}

TEST(INSW) {
  u16 items[ITEMS + 1] = {0};
  pci_select(0);
  in_string(operations.INSW, items, PCI_DATA, ITEMS);
  for (u32 i = 0; i < ITEMS; i++) EXPECT(items[i] == port_read16(PCI_DATA), "differs from the instruction");
  EXPECT(items[ITEMS] == 0, "too many were read");
  return PASS;
}

TEST(INSL) {
  u32 items[ITEMS + 1] = {0};
  pci_select(0);
  in_string(operations.INSL, items, PCI_DATA, ITEMS);
  for (u32 i = 0; i < ITEMS; i++) EXPECT(items[i] == port_read32(PCI_DATA), "differs from the instruction");
  EXPECT(items[ITEMS] == 0, "too many were read");
  return PASS;
}

TEST(OUTSB) {
  u8 before = port_read8(PIC_MASK), items[] = {before, before ^ SPARE_LINE};
  out_string(operations.OUTSB, items, PIC_MASK, ARRAY_LENGTH(items));
  u8 after = port_read8(PIC_MASK);
  port_write8(PIC_MASK, before);
  EXPECT(after == (before ^ SPARE_LINE), "the port does not hold what was written last");
  return PASS;
}

TEST(OUTSW) {
  pci_select(PCI_INTERRUPT_LINE);
  u16 before = port_read16(PCI_DATA), items[] = {before, before ^ 0x5A};
  out_string(operations.OUTSW, items, PCI_DATA, ARRAY_LENGTH(items));
  u16 after = port_read16(PCI_DATA);
  port_write16(PCI_DATA, before);
  EXPECT(after == (before ^ 0x5A), "the port does not hold what was written last");
  return PASS;
}

TEST(OUTSL) {
  u32 items[] = {(u32)PCI_HOST_BRIDGE, (u32)PCI_HOST_BRIDGE | PCI_INTERRUPT_LINE};
  out_string(operations.OUTSL, items, PCI_ADDRESS, ARRAY_LENGTH(items));
  EXPECT(port_read32(PCI_ADDRESS) == items[1], "the port does not hold what was written last");
  return PASS;
}

TEST(IODelay) {
  u32 flags = irq_flags();
  operations.IODelay();
  EXPECT(irq_flags() == flags, "the interrupt flag has changed");
  return PASS;
}
