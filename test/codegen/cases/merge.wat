region 00001000: 7 instructions in 15 bytes, 291 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 6)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (local.set $esi (i32.load (i32.const 24)))
    (block $B1
      (block $B2
        (block $B3
          (block $B4
;; 00001000  test al, 0x1  ;; 8
            (local.set $t1 (i32.and (local.get $eax) (i32.const 255)))
            (local.set $t2 (i32.and (local.get $t1) (i32.const 1)))
;; 00001002  jz 0x100a  ;; 9
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
            (if $I5
              (i32.eqz (i32.and (local.get $t2) (i32.const 255)))
              (then
;; 0000100a  shr eax, 1  ;; 51
                (local.set $t1 (local.get $eax))
                (local.set $t3 (i32.shr_u (local.get $t1) (i32.const 1)))
                (local.set $t4 (i32.and (local.get $t1) (i32.const 1)))
                (local.set $t5 (i32.shr_u (local.get $t1) (i32.const 31)))
                (local.set $t6 (i32.and (local.get $t3) (i32.const 16)))
                (local.set $t7
                  (i32.sub (i32.shl (local.get $t5) (i32.const 31)) (i32.and (local.get $t4) (local.get $t5))))
                (local.set $t8
                  (i32.or
                    (i32.shl (i32.and (local.get $t4) (local.get $t5)) (i32.const 31))
                    (i32.xor (local.get $t4) (local.get $t5))))
                (local.set $result (local.get $t3))
                (local.set $parity (local.get $t6))
                (local.set $carryA (local.get $t7))
                (local.set $carryB (local.get $t8))
                (local.set $eax (local.get $t3))
                (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
                (br $B4))
              (else
;; 00001002  jz 0x100a  ;; 9
;; 00001004  lea eax, [eax+eax*2+0x1]  ;; 8
                (local.set $eax
                  (i32.add (i32.add (local.get $eax) (i32.const 1)) (i32.shl (local.get $eax) (i32.const 1))))
;; 00001008  jmp 0x100c  ;; 20
                (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
                (local.set $t8 (i32.extend8_s (local.get $t2)))
                (local.set $t7 (i32.and (local.get $t2) (i32.const 16)))
                (local.set $result (local.get $t8))
                (local.set $parity (local.get $t7))
                (local.set $carryA (i32.const 0))
                (local.set $carryB (i32.const 0))
                (br $B4))))
;; 0000100c  mov dword ptr [esi], eax  ;; 27
          (local.set $t7
            (i32.add
              (i32.load
                (i32.add
                  (local.get $tlbWrite)
                  (i32.shl (i32.shr_u (local.get $esi) (i32.const 12)) (i32.const 2))))
              (local.get $esi)))
          (if $I6
            (i32.and (local.get $t7) (i32.const -2147483645))
            (then
              (if $I7
                (i32.gt_u (i32.and (local.get $t7) (i32.const -2147479553)) (i32.const 4092))
                (then (local.set $exit (i64.const 844424930136076)) (br $B2)))))
          (i32.store (local.get $t7) (local.get $eax))
;; 0000100e  ret  ;; 53
          (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
          (local.set $t7
            (i32.add
              (i32.load
                (i32.add (local.get $tlbRead) (i32.shl (i32.shr_u (local.get $esp) (i32.const 12)) (i32.const 2))))
              (local.get $esp)))
          (if $I8
            (i32.and (local.get $t7) (i32.const -2147483645))
            (then
              (if $I9
                (i32.gt_u (i32.and (local.get $t7) (i32.const -2147479553)) (i32.const 4092))
                (then (local.set $exit (i64.const 1125895611879438)) (br $B2)))))
          (local.set $t8 (i32.load (local.get $t7)))
          (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
          (local.set $back (local.get $t8))
          (br $B3))
        (i32.store (i32.const 0) (local.get $eax))
        (i32.store (i32.const 48) (local.get $result))
        (i32.store (i32.const 52) (local.get $parity))
        (i32.store (i32.const 40) (local.get $carryA))
        (i32.store (i32.const 44) (local.get $carryB))
;; exit
        (i32.store (i32.const 60) (local.get $fuel))
        (return (local.get $back) (local.get $esp)))
      (i32.store (i32.const 0) (local.get $eax))
      (i32.store (i32.const 48) (local.get $result))
      (i32.store (i32.const 52) (local.get $parity))
      (i32.store (i32.const 40) (local.get $carryA))
      (i32.store (i32.const 44) (local.get $carryB)))
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
ends at 0000100e: returns

