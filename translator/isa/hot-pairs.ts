/**
 * What a boot of Debian's kernel for i686 executes most, by the first two bytes of an instruction: nine tenths of it, most
 * frequent first, from samples every 40,009 instructions. Where the second byte is ModRM, the hot interpreter has code
 * for just this one.
 */
export const HOT_PAIRS: readonly number[] = `
  0faf 8b4d 0fb7 8b45 8b55 8b7d 8b14 01ca 8955 c1ea 0f92 89c1 894d 8b44 01c8 89c7 89d1 8b5d 01f0 0fb6 c1ee 0f43 89cf c1ef
  89d8 01d9 6689 83c1 8b0c c1e1 89d6 890c 81c1 8945 39f0 39da 29c1 31db 7581 89fa 11f3 8d34 01c0 0f82 64ff c1e9 8b77 8b75
  81f9 89d0 8977 0304 f390 0f31 1b55 8d14 771d 89f1 39f8 2b45 c1e6 8944 39c3 895d 83c3 83f8 89ce 39c1 66c1 8975 81fd 81c6
  8b4c 39c8 8d04 668b 01c6 31d2 01f8 75e9 395d 8904 0f85 01d6 890f 89d7 648b 771e 8b2f 8b48 0fae 8d47 324b 753a 758a 3334
  4389 19d8 7477 72c0 01d7 83e0 8a44 8b47 11cf 01f6 8968 39c6 8b30 01d0 3ce8 741e 881c 8d7b 39c7 01f1 8b34 89fb 8d69 3b78
  8a1c 4a74 8934 0f87 5dc3 896f 89cb 89ca 75e2 c1eb c1ed 0f84 29ca c1fa 892f 89c2 ba00 c1f8 83c0 29f3 894c bb00 8b4f 29cd
  8b04 8b57 21c2 c38d 8947 81fb 8b74 0f83 83d0 89ea 5e5f 39d6 5589 01db 5b5e 8d74 7424 8b5c 01d8 c1fb 21d1 89f0 5f5d 89e5
  29d9 833d 89e8 897d 89c6 ff0c 01d5 75bc c3cc 721a 3b47 ebc5 8917 1b45 8d4c d1e9 771a 39c2 8b0f 01c9 3e8d 3dff 29f2 89eb
  8d1c 5756 72a1 895f 5653 72a0 8d0c 83ec 39de 8d3c c1e2 5389 83c2 01f2 75db 89cd e8db eb82 89c8 8b5f 29d8 01fa 89f3 8914
  83c4 89c3 c1e0 729e 84d2 89da 89c5 210c f7d1 8907 29d0 8974 83e8 29f9 0314 0f86 85c0 394f 39ee 01df 75da 8b07 29da 83c6
  29d6 ff04 89fe 89f8 438b 790f 01f9 84c0 771b 7762 5383 81fe b800 75df 833c 2377 29c6 01c1 29d5 7364 394d 891f c704 39cd
  769e 29e8 7303 5557 89d9 29c5 4166 89f9 83fe 8db4 7761 29de 8b6f c1e5 01ce c1e8 0f42 29d1 39d3 d3e8 7299 d3e2 31c0 29c2
  4066 85db 895c 769f d3e0 8d57 488b 01e8 83fb 8b37 29cb 8d84 b801 01c3 39fe 89e9 8dba d3eb ba01 19c0 83e6 8937 8a0c 0157
  7333 3947 8804 29ce 8d5a 89d3 7302 39d1 8b1c 7614 31c9 88d1 2b50 6690 8d58 4666 c33e 01d1 7420 eb88 85d2 5789 85c9 891c
  8d5f 720e 729c be01 bbff 508b c1e7 7338 29ee e9bb 5689 7508 31ff acae 7599 39cb
`
  .trim()
  .split(/\s+/)
  .map((pair) => Number.parseInt(pair, 16));
