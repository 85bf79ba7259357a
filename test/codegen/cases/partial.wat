region 00001000: 4 instructions in 11 bytes, 270 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 4)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (local.set $ecx (i32.load (i32.const 4)))
    (local.set $edx (i32.load (i32.const 8)))
    (block $B1
      (block $B2
        (block $B3
;; 00001000  mov ah, cl  ;; 14
          (local.set $t1 (i32.and (local.get $ecx) (i32.const 255)))
          (local.set $eax
            (i32.or
              (i32.and (local.get $eax) (i32.const -65281))
              (i32.shl (i32.and (local.get $t1) (i32.const 255)) (i32.const 8))))
;; 00001002  add dx, 0x1234  ;; 16
          (local.set $t1 (i32.and (local.get $edx) (i32.const 65535)))
          (local.set $t2 (i32.add (local.get $t1) (i32.const 4660)))
          (local.set $edx
            (i32.or (i32.and (local.get $edx) (i32.const -65536)) (i32.and (local.get $t2) (i32.const 65535))))
;; 00001007  movzx ebx, ah  ;; 8
          (local.set $t3 (i32.and (i32.shr_u (local.get $eax) (i32.const 8)) (i32.const 255)))
          (local.set $ebx (local.get $t3))
;; 0000100a  ret  ;; 109
          (local.set $fuel (i32.sub (local.get $fuel) (i32.const 4)))
          (local.set $t3
            (i32.add
              (i32.load
                (i32.add (local.get $tlbRead) (i32.shl (i32.shr_u (local.get $esp) (i32.const 12)) (i32.const 2))))
              (local.get $esp)))
          (if $I4
            (i32.and (local.get $t3) (i32.const -2147483645))
            (then
              (if $I5
                (i32.gt_u (i32.and (local.get $t3) (i32.const -2147479553)) (i32.const 4092))
                (then
                  (local.set $exit (i64.const 1125895611879434))
                  (local.set $t4 (i32.extend16_s (local.get $t2)))
                  (local.set $t5 (i32.and (i32.xor (local.get $t1) (i32.const 4660)) (i32.const 16)))
                  (local.set $t6 (i32.shl (local.get $t2) (i32.const 16)))
                  (local.set $t7 (i32.shl (local.get $t1) (i32.const 16)))
                  (local.set $result (local.get $t4))
                  (local.set $parity (local.get $t5))
                  (local.set $carryA (local.get $t6))
                  (local.set $carryB (local.get $t7))
                  (br $B2)))))
          (local.set $t8 (i32.load (local.get $t3)))
          (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
          (local.set $back (local.get $t8))
          (local.set $t9 (i32.extend16_s (local.get $t2)))
          (local.set $t10 (i32.and (i32.xor (local.get $t1) (i32.const 4660)) (i32.const 16)))
          (local.set $t11 (i32.shl (local.get $t2) (i32.const 16)))
          (local.set $t12 (i32.shl (local.get $t1) (i32.const 16)))
          (local.set $result (local.get $t9))
          (local.set $parity (local.get $t10))
          (local.set $carryA (local.get $t11))
          (local.set $carryB (local.get $t12))
          (br $B3))
        (i32.store (i32.const 0) (local.get $eax))
        (i32.store (i32.const 8) (local.get $edx))
        (i32.store (i32.const 12) (local.get $ebx))
        (i32.store (i32.const 48) (local.get $result))
        (i32.store (i32.const 52) (local.get $parity))
        (i32.store (i32.const 40) (local.get $carryA))
        (i32.store (i32.const 44) (local.get $carryB))
;; exit
        (i32.store (i32.const 60) (local.get $fuel))
        (return (local.get $back) (local.get $esp)))
      (i32.store (i32.const 0) (local.get $eax))
      (i32.store (i32.const 8) (local.get $edx))
      (i32.store (i32.const 12) (local.get $ebx))
      (i32.store (i32.const 48) (local.get $result))
      (i32.store (i32.const 52) (local.get $parity))
      (i32.store (i32.const 40) (local.get $carryA))
      (i32.store (i32.const 44) (local.get $carryB)))
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t12 (i32.wrap_i64 (local.get $exit)))
    (local.set $t11 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I6
      (i32.eqz (local.get $t11))
      (then
        (local.set $t10
          (i32.mul
            (i32.and (i32.xor (local.get $t12) (i32.shr_u (local.get $t12) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I7
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t10)) (local.get $t12))
                (i32.xor (i32.load offset=10485764 (local.get $t10)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t10))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t12) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t10))))))
      (else (i32.store (i32.const 96) (local.get $t11)) (i32.store (i32.const 100) (i32.const 4096))))
    (return (local.get $t12) (local.get $esp))
ends at 0000100a: returns

