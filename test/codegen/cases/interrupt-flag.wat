region 00001000: 5 instructions in 6 bytes, 407 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 5)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (local.set $result (i32.load (i32.const 48)))
    (local.set $parity (i32.load (i32.const 52)))
    (local.set $carryA (i32.load (i32.const 40)))
    (local.set $carryB (i32.load (i32.const 44)))
    (local.set $low (i32.add (local.get $esp) (i32.const -4)))
    (local.set $entry
      (i32.load
        (i32.add (local.get $tlbWrite) (i32.shl (i32.shr_u (local.get $low) (i32.const 12)) (i32.const 2)))))
    (local.set $low (i32.add (local.get $entry) (local.get $low)))
    (local.set $stack (local.get $low))
    (if $I1
      (i32.and (i32.gt_u (i32.and (local.get $low) (i32.const -2147479553)) (i32.const 4088)) (i32.const -1))
      (then
        (if $I2
          (i32.or
            (i32.shr_u (local.get $low) (i32.const 31))
            (i32.ne
              (local.get $entry)
              (i32.load
                (i32.add
                  (local.get $tlbWrite)
                  (i32.shl (i32.shr_u (i32.add (local.get $esp) (i32.const 3)) (i32.const 12)) (i32.const 2))))))
          (then
            (i32.store (i32.const 96) (i32.const 3))
            (i32.store (i32.const 100) (i32.const 4096))
            (return (i32.const 4096) (local.get $esp))))))
    (block $B3
      (block $B4
        (block $B5
;; 00001000  pushfd  ;; 68
          (local.set $t1
            (i32.or
              (i32.or
                (i32.or
                  (i32.or
                    (i32.or
                      (i32.or
                        (i32.lt_u (local.get $carryA) (local.get $carryB))
                        (i32.shl
                          (i32.xor
                            (i32.and
                              (i32.popcnt
                                (i32.and
                                  (i32.xor (local.get $result) (i32.shr_u (local.get $parity) (i32.const 8)))
                                  (i32.const 255)))
                              (i32.const 1))
                            (i32.const 1))
                          (i32.const 2)))
                      (i32.shl
                        (i32.and
                          (i32.shr_u (i32.xor (local.get $result) (local.get $parity)) (i32.const 4))
                          (i32.const 1))
                        (i32.const 4)))
                    (i32.shl (i32.eqz (local.get $result)) (i32.const 6)))
                  (i32.shl
                    (i32.shr_u (i32.xor (local.get $result) (local.get $parity)) (i32.const 31))
                    (i32.const 7)))
                (i32.shl
                  (i32.shr_u
                    (i32.and
                      (i32.xor (local.get $carryA) (local.get $carryB))
                      (i32.xor (local.get $carryA) (i32.sub (local.get $carryA) (local.get $carryB))))
                    (i32.const 31))
                  (i32.const 11)))
              (i32.and (i32.load (i32.const 56)) (i32.const -196609))))
          (i32.store (local.get $stack) (local.get $t1))
          (local.set $esp (i32.add (local.get $esp) (i32.const -4)))
;; 00001001  cli  ;; 6
          (i32.store (i32.const 56) (i32.and (i32.load (i32.const 56)) (i32.const -513)))
;; 00001002  inc dword ptr [eax]  ;; 34
          (local.set $t1
            (i32.add
              (i32.load
                (i32.add
                  (local.get $tlbWrite)
                  (i32.shl (i32.shr_u (local.get $eax) (i32.const 12)) (i32.const 2))))
              (local.get $eax)))
          (if $I6
            (i32.and (local.get $t1) (i32.const -2147483645))
            (then
              (if $I7
                (i32.gt_u (i32.and (local.get $t1) (i32.const -2147479553)) (i32.const 4092))
                (then (local.set $exit (i64.const 844433520070658)) (br $B4)))))
          (local.set $t2 (i32.load (local.get $t1)))
          (local.set $t3 (i32.add (local.get $t2) (i32.const 1)))
          (i32.store (local.get $t1) (local.get $t3))
;; 00001004  popfd  ;; 112
          (local.set $t3 (i32.load (local.get $stack)))
          (local.set $t2 (i32.load (i32.const 56)))
          (if $I8
            (i32.and (i32.xor (local.get $t3) (local.get $t2)) (i32.const 291072))
            (then (local.set $exit (i64.const 281487861616644)) (br $B4)))
          (if $I9
            (i32.and
              (i32.ne (i32.load (i32.const 64)) (i32.const 0))
              (i32.and (i32.shr_u (local.get $t3) (i32.const 9)) (i32.const 1)))
            (then (local.set $exit (i64.const 281487861616644)) (br $B4)))
          (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
          (local.set $t1 (i32.and (local.get $t3) (i32.const 1)))
          (local.set $t4 (i32.and (i32.shr_u (local.get $t3) (i32.const 11)) (i32.const 1)))
          (local.set $t5
            (i32.xor (i32.and (i32.shr_u (local.get $t3) (i32.const 6)) (i32.const 1)) (i32.const 1)))
          (local.set $t6
            (i32.or
              (i32.and (local.get $t3) (i32.const 16))
              (i32.or
                (i32.shl (i32.and (i32.shr_u (local.get $t3) (i32.const 7)) (i32.const 1)) (i32.const 31))
                (i32.shl
                  (i32.xor
                    (i32.and (i32.shr_u (local.get $t3) (i32.const 2)) (i32.const 1))
                    (i32.and (i32.shr_u (local.get $t3) (i32.const 6)) (i32.const 1)))
                  (i32.const 8)))))
          (local.set $t7
            (i32.sub (i32.shl (local.get $t4) (i32.const 31)) (i32.and (local.get $t1) (local.get $t4))))
          (local.set $t8
            (i32.or
              (i32.shl (i32.and (local.get $t1) (local.get $t4)) (i32.const 31))
              (i32.xor (local.get $t1) (local.get $t4))))
          (local.set $result (local.get $t5))
          (local.set $parity (local.get $t6))
          (local.set $carryA (local.get $t7))
          (local.set $carryB (local.get $t8))
          (i32.store
            (i32.const 56)
            (i32.or (i32.and (local.get $t2) (i32.const -2164225)) (i32.and (local.get $t3) (i32.const 2098688))))
;; 00001005  ret  ;; 26
          (local.set $fuel (i32.sub (local.get $fuel) (i32.const 5)))
          (local.set $t8 (i32.load offset=4 (local.get $stack)))
          (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
          (local.set $back (local.get $t8))
          (br $B5))
        (i32.store (i32.const 48) (local.get $result))
        (i32.store (i32.const 52) (local.get $parity))
        (i32.store (i32.const 40) (local.get $carryA))
        (i32.store (i32.const 44) (local.get $carryB))
;; exit
        (i32.store (i32.const 60) (local.get $fuel))
        (return (local.get $back) (local.get $esp))))
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t8 (i32.wrap_i64 (local.get $exit)))
    (local.set $t7 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I10
      (i32.eqz (local.get $t7))
      (then
        (local.set $t6
          (i32.mul
            (i32.and (i32.xor (local.get $t8) (i32.shr_u (local.get $t8) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I11
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t6)) (local.get $t8))
                (i32.xor (i32.load offset=10485764 (local.get $t6)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t6))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t8) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t6))))))
      (else (i32.store (i32.const 96) (local.get $t7)) (i32.store (i32.const 100) (i32.const 4096))))
    (return (local.get $t8) (local.get $esp))
ends at 00001005: returns

