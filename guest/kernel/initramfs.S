/* The archive the build made of the programs and files. */
.section .rodata
.align 4
.global initramfs_start, initramfs_end
initramfs_start:
  .incbin "initramfs.cpio"
initramfs_end:
