region 00001000: 3 instructions in 13 bytes, 204 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 3)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (block $B1
      (block $B2
        (block $B3
;; 00001000  mov eax, 0x1  ;; 2
          (local.set $eax (i32.const 1))
;; 00001005  call 0x100e  ;; 104
          (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
          (local.set $t1 (i32.add (local.get $esp) (i32.const -4)))
          (local.set $t2
            (i32.add
              (i32.load
                (i32.add (local.get $tlbWrite) (i32.shl (i32.shr_u (local.get $t1) (i32.const 12)) (i32.const 2))))
              (local.get $t1)))
          (if $I4
            (i32.and (local.get $t2) (i32.const -2147483645))
            (then
              (if $I5
                (i32.gt_u (i32.and (local.get $t2) (i32.const -2147479553)) (i32.const 4092))
                (then (local.set $exit (i64.const 1125895611879429)) (br $B2)))))
          (i32.store (local.get $t2) (i32.const 4106))
          (local.set $esp (i32.add (local.get $esp) (i32.const -4)))
          (i32.store (i32.const 0) (local.get $eax))
          (i32.store (i32.const 60) (local.get $fuel))
          (if $I6
            (i64.ne
              (i64.or
                (i64.xor (i64.load offset=10485760 (i32.const 65760)) (i64.const 511101112334))
                (i64.extend_i32_u
                  (i32.xor
                    (i32.load offset=10485768 (i32.const 65760))
                    (i32.load offset=4 (i32.load (i32.const 80))))))
              (i64.const 0))
            (then (return (i32.const 4110) (local.get $esp))))
          (if $I7 (i32.eqz (local.get $depth)) (then (return (i32.const 4110) (local.get $esp))))
          (call_indirect $regions
            (type $t0)
            (local.get $esp)
            (i32.sub (local.get $depth) (i32.const 1))
            (i32.load offset=10485772 (i32.const 65760)))
          (local.set $t3)
          (local.set $t4)
          (local.set $t5 (local.get $t4))
          (local.set $t6 (local.get $t3))
          (local.set $esp (local.get $t6))
          (local.set $fuel (i32.load (i32.const 60)))
          (if $I8
            (i32.or (i32.xor (local.get $t5) (i32.const 4106)) (i32.load (i32.const 96)))
            (then (return (local.get $t5) (local.get $esp))))
          (if $I9 (i32.lt_s (local.get $fuel) (i32.const 3)) (then (return (local.get $t5) (local.get $esp))))
;; 0000100a  mov cr3, eax  ;; 11
          (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
          (local.set $exit (i64.const 562945658458122))
          (br $B3))
        (br $B1))
      (i32.store (i32.const 0) (local.get $eax)))
;; exit
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t6 (i32.wrap_i64 (local.get $exit)))
    (local.set $t5 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I10
      (i32.eqz (local.get $t5))
      (then
        (local.set $t2
          (i32.mul
            (i32.and (i32.xor (local.get $t6) (i32.shr_u (local.get $t6) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I11
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t2)) (local.get $t6))
                (i32.xor (i32.load offset=10485764 (local.get $t2)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t2))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t6) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t0)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t2))))))
      (else (i32.store (i32.const 96) (local.get $t5)) (i32.store (i32.const 100) (i32.const 4096))))
    (return (local.get $t6) (local.get $esp))
ends at 00001005: calls 0x100e, unless that comes back here
ends at 0000100a: the interpreter or the runtime executes it

region 0000100d: 3 instructions in 3 bytes, 214 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 3)) (then (return (i32.const 4109) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (local.set $carryA (i32.load (i32.const 40)))
    (local.set $carryB (i32.load (i32.const 44)))
    (block $B1
      (block $B2
        (block $B3
;; 0000100d  inc eax  ;; 44
          (local.set $t1 (i32.add (local.get $eax) (i32.const 1)))
          (local.set $t2 (i32.and (local.get $eax) (i32.const 16)))
          (local.set $t3 (i32.lt_u (local.get $carryA) (local.get $carryB)))
          (local.set $t4 (i32.eq (local.get $t1) (i32.const -2147483648)))
          (local.set $t5
            (i32.sub (i32.shl (local.get $t4) (i32.const 31)) (i32.and (local.get $t3) (local.get $t4))))
          (local.set $t6
            (i32.or
              (i32.shl (i32.and (local.get $t3) (local.get $t4)) (i32.const 31))
              (i32.xor (local.get $t3) (local.get $t4))))
          (local.set $result (local.get $t1))
          (local.set $parity (local.get $t2))
          (local.set $carryA (local.get $t5))
          (local.set $carryB (local.get $t6))
          (local.set $eax (local.get $t1))
;; 0000100e  nop  ;; 0
;; 0000100f  ret  ;; 53
          (local.set $fuel (i32.sub (local.get $fuel) (i32.const 3)))
          (local.set $t6
            (i32.add
              (i32.load
                (i32.add (local.get $tlbRead) (i32.shl (i32.shr_u (local.get $esp) (i32.const 12)) (i32.const 2))))
              (local.get $esp)))
          (if $I4
            (i32.and (local.get $t6) (i32.const -2147483645))
            (then
              (if $I5
                (i32.gt_u (i32.and (local.get $t6) (i32.const -2147479553)) (i32.const 4092))
                (then (local.set $exit (i64.const 1125895611879439)) (br $B2)))))
          (local.set $t5 (i32.load (local.get $t6)))
          (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
          (local.set $back (local.get $t5))
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
    (local.set $t5 (i32.wrap_i64 (local.get $exit)))
    (local.set $t6 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I6
      (i32.eqz (local.get $t6))
      (then
        (local.set $t4
          (i32.mul
            (i32.and (i32.xor (local.get $t5) (i32.shr_u (local.get $t5) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I7
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t4)) (local.get $t5))
                (i32.xor (i32.load offset=10485764 (local.get $t4)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t4))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t5) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t4))))))
      (else (i32.store (i32.const 96) (local.get $t6)) (i32.store (i32.const 100) (i32.const 4109))))
    (return (local.get $t5) (local.get $esp))
ends at 0000100f: returns

