/*
 * Runs single x87 instructions on the real FPU. Reads records from standard input and answers each with one:
 *   in:  code[16] (the instruction; a memory operand is [eax]), fsave image[108], operand[128]
 *   out: fsave image[108], operand[128], eflags[4], eax[4]
 * The state is read with FNSAVE, which does not wait, so unmasked exceptions stay pending and harmless.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct request {
    uint8_t code[16];
    uint8_t image[108];
    uint8_t operand[128];
} __attribute__((packed));

struct answer {
    uint8_t image[108];
    uint8_t operand[128];
    uint32_t eflags, eax;
} __attribute__((packed));

static struct request in;
static struct answer out;

int main(void)
{
    uint8_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return 1;
    page[16] = 0xc3;
    while (fread(&in, sizeof in, 1, stdin) == 1) {
        uint32_t eax = (uint32_t)(uintptr_t)out.operand, eflags;
        memcpy(page, in.code, 16);
        memcpy(out.operand, in.operand, sizeof out.operand);
        __asm__ volatile("frstor %[image]\n\t"
                         "pushl $0x8d7\n\t" /* all arithmetic flags set: what is cleared shows */
                         "popf\n\t"
                         "call *%[page]\n\t"
                         "pushf\n\t"
                         "popl %[eflags]\n\t"
                         "cld\n\t"
                         "fnsave %[result]\n\t"
                         : "+a"(eax), [eflags] "=&r"(eflags), [result] "=m"(out.image), "+m"(out.operand)
                         : [image] "m"(in.image), [page] "r"(page)
                         : "memory", "cc");
        out.eflags = eflags;
        out.eax = eax;
        fwrite(&out, sizeof out, 1, stdout);
    }
    return 0;
}
