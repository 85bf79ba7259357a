region 00001000: 5 instructions in 10 bytes, 299 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 5)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $ebp (i32.load (i32.const 20)))
    (local.set $low (i32.add (local.get $esp) (i32.const -4)))
    (local.set $entry
      (i32.load
        (i32.add (local.get $tlbWrite) (i32.shl (i32.shr_u (local.get $low) (i32.const 12)) (i32.const 2)))))
    (local.set $low (i32.add (local.get $entry) (local.get $low)))
    (local.set $stack (local.get $low))
    (if $I1
      (i32.and (i32.gt_u (i32.and (local.get $low) (i32.const -2147479553)) (i32.const 4088)) (i32.const -1))
      (then
        (local.set $stack
          (i32.and
            (select
              (i32.const 0)
              (local.get $stack)
              (i32.or
                (i32.shr_u (local.get $low) (i32.const 31))
                (i32.ne
                  (local.get $entry)
                  (i32.load
                    (i32.add
                      (local.get $tlbWrite)
                      (i32.shl (i32.shr_u (i32.add (local.get $esp) (i32.const 3)) (i32.const 12)) (i32.const 2)))))))
            (i32.const 2147483647)))))
    (block $B2
      (block $B3
        (block $B4
          (block $B5
;; 00001000  push ebp  ;; 34
            (local.set $t1 (local.get $ebp))
            (if $I6
              (i32.and (i32.eqz (local.get $stack)) (i32.const -1))
              (then
                (local.set $t2 (call $hostForWrite (i32.add (local.get $esp) (i32.const -4)) (i32.const 4)))
                (if $I7
                  (i32.lt_s (local.get $t2) (i32.const 0))
                  (then (local.set $exit (i64.const 281474976714752)) (br $B3)))
                (local.set $t2 (i32.and (local.get $t2) (i32.const 2147483647)))
                (i32.store (local.get $t2) (local.get $t1)))
              (else (i32.store (local.get $stack) (local.get $t1))))
            (local.set $esp (i32.add (local.get $esp) (i32.const -4)))
;; 00001001  mov ebp, esp  ;; 2
            (local.set $ebp (local.get $esp))
;; 00001003  mov eax, dword ptr [ebp+0x8]  ;; 39
            (local.set $t2 (i32.add (local.get $ebp) (i32.const 8)))
            (local.set $t1
              (i32.add
                (i32.load
                  (i32.add
                    (local.get $tlbRead)
                    (i32.shl (i32.shr_u (local.get $t2) (i32.const 12)) (i32.const 2))))
                (local.get $t2)))
            (if $I8
              (i32.and (local.get $t1) (i32.const -2147483645))
              (then
                (local.set $t1 (call $hostForRead (local.get $t2) (i32.const 4)))
                (if $I9
                  (i32.lt_s (local.get $t1) (i32.const 0))
                  (then (local.set $exit (i64.const 281483566649347)) (br $B4)))
                (local.set $t1 (i32.and (local.get $t1) (i32.const 2147483647)))))
            (local.set $t3 (i32.load (local.get $t1)))
            (local.set $eax (local.get $t3))
;; 00001006  pop ebp  ;; 32
            (if $I10
              (i32.and (i32.eqz (local.get $stack)) (i32.const -1))
              (then
                (local.set $t1 (call $hostForRead (local.get $esp) (i32.const 4)))
                (if $I11
                  (i32.lt_s (local.get $t1) (i32.const 0))
                  (then (local.set $exit (i64.const 281487861616646)) (br $B5)))
                (local.set $t1 (i32.and (local.get $t1) (i32.const 2147483647)))
                (local.set $t3 (i32.load (local.get $t1))))
              (else (local.set $t3 (i32.load (local.get $stack)))))
            (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
            (local.set $ebp (local.get $t3))
;; 00001007  ret 0x4  ;; 51
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 5)))
            (if $I12
              (i32.and (i32.eqz (local.get $stack)) (i32.const -1))
              (then
                (local.set $t3 (call $hostForRead (local.get $esp) (i32.const 4)))
                (if $I13
                  (i32.lt_s (local.get $t3) (i32.const 0))
                  (then (local.set $exit (i64.const 562945658458119)) (br $B5)))
                (local.set $t3 (i32.and (local.get $t3) (i32.const 2147483647)))
                (local.set $t1 (i32.load (local.get $t3))))
              (else (local.set $t1 (i32.load offset=4 (local.get $stack)))))
            (local.set $esp (i32.add (local.get $esp) (i32.const 8)))
            (local.set $exit (i64.or (i64.extend_i32_u (local.get $t1)) (i64.const -281474976710656)))
            (br $B5))
          (i32.store (i32.const 0) (local.get $eax))
          (i32.store (i32.const 20) (local.get $ebp))
          (br $B2))
        (i32.store (i32.const 20) (local.get $ebp))
        (br $B2)))
;; exit
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t3 (i32.wrap_i64 (local.get $exit)))
    (local.set $t1 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I14
      (i32.eqz (local.get $t1))
      (then
        (local.set $t2
          (i32.mul
            (i32.and (i32.xor (local.get $t3) (i32.shr_u (local.get $t3) (i32.const 14))) (i32.const 16383))
            (i32.const 16)))
        (if $I15
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=1572864 (local.get $t2)) (local.get $t3))
                (i32.xor (i32.load offset=1572868 (local.get $t2)) (i32.const 119)))
              (i32.xor
                (i32.load offset=1572872 (local.get $t2))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t3) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=1572876 (local.get $t2)))))))
    (if $I16 (i32.gt_s (local.get $t1) (i32.const 0)) (then (i32.store (i32.const 96) (local.get $t1))))
    (return (local.get $t3) (local.get $esp))
ends at 00001007: returns

