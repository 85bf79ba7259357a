region 00001000: 4 instructions in 7 bytes, 223 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 4)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (local.set $ecx (i32.load (i32.const 4)))
    (local.set $ebx (i32.load (i32.const 12)))
    (block $B1
      (block $B2
        (block $B3
          (loop $L4
;; 00001000  add dword ptr [ebx+0x8], eax  ;; 40
            (local.set $t1 (i32.add (local.get $ebx) (i32.const 8)))
            (local.set $t2
              (i32.add
                (i32.load
                  (i32.add
                    (local.get $tlbWrite)
                    (i32.shl (i32.shr_u (local.get $t1) (i32.const 12)) (i32.const 2))))
                (local.get $t1)))
            (if $I5
              (i32.and (local.get $t2) (i32.const -2147483645))
              (then
                (if $I6
                  (i32.gt_u (i32.and (local.get $t2) (i32.const -2147479553)) (i32.const 4092))
                  (then (local.set $exit (i64.const 844424930136064)) (br $B2)))))
            (local.set $t3 (i32.load (local.get $t2)))
            (local.set $t4 (i32.add (local.get $t3) (local.get $eax)))
            (local.set $t5 (local.get $eax))
            (i32.store (local.get $t2) (local.get $t4))
;; 00001003  dec ecx  ;; 44
            (local.set $t2 (i32.add (local.get $ecx) (i32.const -1)))
            (local.set $t1 (i32.and (local.get $ecx) (i32.const 16)))
            (local.set $t6 (i32.lt_u (local.get $t4) (local.get $t3)))
            (local.set $t7 (i32.eq (local.get $t2) (i32.const 2147483647)))
            (local.set $t8
              (i32.sub (i32.shl (local.get $t7) (i32.const 31)) (i32.and (local.get $t6) (local.get $t7))))
            (local.set $t9
              (i32.or
                (i32.shl (i32.and (local.get $t6) (local.get $t7)) (i32.const 31))
                (i32.xor (local.get $t6) (local.get $t7))))
            (local.set $result (local.get $t2))
            (local.set $parity (local.get $t1))
            (local.set $carryA (local.get $t8))
            (local.set $carryB (local.get $t9))
            (local.set $ecx (local.get $t2))
;; 00001004  jnz 0x1000  ;; 16
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 3)))
            (if $I7
              (i32.eqz (i32.eqz (local.get $t2)))
              (then
                (if $I8
                  (i32.lt_s (local.get $fuel) (i32.const 4))
                  (then (local.set $exit (i64.const 4096)) (br $B2)))
                (br $L4))
              (else
;; 00001006  hlt  ;; 26
                (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
                (local.set $exit (i64.const 562945658458118))
                (br $B3)))))
        (i32.store (i32.const 4) (local.get $ecx))
        (i32.store (i32.const 48) (local.get $result))
        (i32.store (i32.const 52) (local.get $parity))
        (i32.store (i32.const 40) (local.get $carryA))
        (i32.store (i32.const 44) (local.get $carryB))
        (br $B1))
      (i32.store (i32.const 4) (local.get $ecx)))
;; exit
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t5 (i32.wrap_i64 (local.get $exit)))
    (local.set $t4 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I9
      (i32.eqz (local.get $t4))
      (then
        (local.set $t3
          (i32.mul
            (i32.and (i32.xor (local.get $t5) (i32.shr_u (local.get $t5) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I10
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t3)) (local.get $t5))
                (i32.xor (i32.load offset=10485764 (local.get $t3)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t3))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t5) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t3))))))
      (else (i32.store (i32.const 96) (local.get $t4)) (i32.store (i32.const 100) (i32.const 4096))))
    (return (local.get $t5) (local.get $esp))
ends at 00001006: the interpreter or the runtime executes it

