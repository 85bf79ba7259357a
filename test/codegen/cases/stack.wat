region 00001000: 5 instructions in 10 bytes, 194 of WebAssembly
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
      (i32.and (i32.gt_u (i32.and (local.get $low) (i32.const -2147479553)) (i32.const 4084)) (i32.const -1))
      (then
        (if $I2
          (i32.or
            (i32.shr_u (local.get $low) (i32.const 31))
            (i32.ne
              (local.get $entry)
              (i32.load
                (i32.add
                  (local.get $tlbWrite)
                  (i32.shl (i32.shr_u (i32.add (local.get $esp) (i32.const 7)) (i32.const 12)) (i32.const 2))))))
          (then
            (i32.store (i32.const 96) (i32.const 3))
            (i32.store (i32.const 100) (i32.const 4096))
            (return (i32.const 4096) (local.get $esp))))))
    (block $B3
      (block $B4
;; 00001000  push ebp  ;; 9
        (local.set $t1 (local.get $ebp))
        (i32.store (local.get $stack) (local.get $t1))
        (local.set $esp (i32.add (local.get $esp) (i32.const -4)))
;; 00001001  mov ebp, esp  ;; 2
        (local.set $ebp (local.get $esp))
;; 00001003  mov eax, dword ptr [ebp+0x8]  ;; 5
        (local.set $t1 (i32.load offset=8 (local.get $stack)))
        (local.set $eax (local.get $t1))
;; 00001006  pop ebp  ;; 9
        (local.set $t1 (i32.load (local.get $stack)))
        (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
        (local.set $ebp (local.get $t1))
;; 00001007  ret 0x4  ;; 23
        (local.set $fuel (i32.sub (local.get $fuel) (i32.const 5)))
        (local.set $t1 (i32.load offset=4 (local.get $stack)))
        (local.set $esp (i32.add (local.get $esp) (i32.const 8)))
        (local.set $exit (i64.or (i64.extend_i32_u (local.get $t1)) (i64.const -281474976710656)))
        (br $B4))
      (i32.store (i32.const 0) (local.get $eax))
      (i32.store (i32.const 20) (local.get $ebp)))
;; exit
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t1 (i32.wrap_i64 (local.get $exit)))
    (local.set $t2 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I5
      (i32.eqz (local.get $t2))
      (then
        (local.set $t3
          (i32.mul
            (i32.and (i32.xor (local.get $t1) (i32.shr_u (local.get $t1) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I6
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t3)) (local.get $t1))
                (i32.xor (i32.load offset=10485764 (local.get $t3)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t3))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t1) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t3)))))))
    (if $I7
      (i32.gt_s (local.get $t2) (i32.const 0))
      (then (i32.store (i32.const 96) (local.get $t2)) (i32.store (i32.const 100) (i32.const 4096))))
    (return (local.get $t1) (local.get $esp))
ends at 00001007: returns

