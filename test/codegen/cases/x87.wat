region 00001000: 4 instructions in 7 bytes, 351 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 4)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (block $B1
      (block $B2
;; 00001000  fld qword ptr [eax]  ;; 81
        (if $I3
          (i32.and (i32.load (i32.const 68)) (i32.const 256))
          (then (local.set $eip (i32.const 4096)) (local.set $reason (i32.const 1)) (br $B2)))
        (if $I4
          (i32.and (i32.load (i32.const 364)) (i32.const 128))
          (then (local.set $eip (i32.const 4096)) (local.set $reason (i32.const 1)) (br $B2)))
        (local.set $t1
          (i32.add
            (i32.load
              (i32.add (local.get $tlbRead) (i32.shl (i32.shr_u (local.get $eax) (i32.const 12)) (i32.const 2))))
            (local.get $eax)))
        (if $I5
          (i32.and (local.get $t1) (i32.const -2147483641))
          (then
            (if $I6
              (i32.gt_u (i32.and (local.get $t1) (i32.const -2147479553)) (i32.const 4088))
              (then
                (local.set $t2 (call $hostForRead (local.get $eax) (i32.const 8)))
                (if $I7
                  (i32.lt_s (local.get $t2) (i32.const 0))
                  (then (local.set $eip (i32.const 4096)) (local.set $reason (i32.const 1)) (br $B2)))
                (local.set $t1 (i32.and (local.get $t2) (i32.const 2147483647)))))))
        (local.set $t3 (i64.load (local.get $t1)))
        (i32.store (i32.const 376) (i32.const 4096))
        (i32.store (i32.const 380) (i32.load (i32.const 128)))
        (i32.store (i32.const 372) (i32.const 1280))
        (i32.store (i32.const 384) (local.get $eax))
        (i32.store (i32.const 388) (i32.load (i32.const 160)))
        (local.set $t4 (call $x87_load_f64 (local.get $t3)))
;; 00001002  fadd st, st(1)  ;; 44
        (if $I8
          (i32.and (i32.load (i32.const 68)) (i32.const 256))
          (then
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
            (local.set $eip (i32.const 4098))
            (local.set $reason (i32.const 1))
            (br $B2)))
        (if $I9
          (i32.and (i32.load (i32.const 364)) (i32.const 128))
          (then
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
            (local.set $eip (i32.const 4098))
            (local.set $reason (i32.const 1))
            (br $B2)))
        (i32.store (i32.const 376) (i32.const 4098))
        (i32.store (i32.const 380) (i32.load (i32.const 128)))
        (i32.store (i32.const 372) (i32.const 193))
        (local.set $t4 (call $x87_add_registers (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)))
;; 00001004  fstp qword ptr [eax]  ;; 98
        (if $I10
          (i32.and (i32.load (i32.const 68)) (i32.const 256))
          (then
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
            (local.set $eip (i32.const 4100))
            (local.set $reason (i32.const 1))
            (br $B2)))
        (if $I11
          (i32.and (i32.load (i32.const 364)) (i32.const 128))
          (then
            (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
            (local.set $eip (i32.const 4100))
            (local.set $reason (i32.const 1))
            (br $B2)))
        (local.set $t4
          (i32.add
            (i32.load
              (i32.add (local.get $tlbWrite) (i32.shl (i32.shr_u (local.get $eax) (i32.const 12)) (i32.const 2))))
            (local.get $eax)))
        (if $I12
          (i32.and (local.get $t4) (i32.const -2147483641))
          (then
            (if $I13
              (i32.gt_u (i32.and (local.get $t4) (i32.const -2147479553)) (i32.const 4088))
              (then
                (local.set $t2 (call $hostForWrite (local.get $eax) (i32.const 8)))
                (if $I14
                  (i32.lt_s (local.get $t2) (i32.const 0))
                  (then
                    (local.set $fuel (i32.sub (local.get $fuel) (i32.const 2)))
                    (local.set $eip (i32.const 4100))
                    (local.set $reason (i32.const 1))
                    (br $B2)))
                (local.set $t4 (i32.and (local.get $t2) (i32.const 2147483647)))))))
        (i32.store (i32.const 376) (i32.const 4100))
        (i32.store (i32.const 380) (i32.load (i32.const 128)))
        (i32.store (i32.const 372) (i32.const 1304))
        (i32.store (i32.const 384) (local.get $eax))
        (i32.store (i32.const 388) (i32.load (i32.const 160)))
        (local.set $t1 (call $x87_store_f64))
        (if $I15
          (local.get $t1)
          (then
            (local.set $t3 (i64.load (i32.const 752)))
            (i64.store (local.get $t4) (local.get $t3))
            (call $x87_pop)))
;; 00001006  ret  ;; 55
        (local.set $fuel (i32.sub (local.get $fuel) (i32.const 4)))
        (local.set $t1
          (i32.add
            (i32.load
              (i32.add (local.get $tlbRead) (i32.shl (i32.shr_u (local.get $esp) (i32.const 12)) (i32.const 2))))
            (local.get $esp)))
        (if $I16
          (i32.and (local.get $t1) (i32.const -2147483645))
          (then
            (local.set $t2 (call $hostForRead (local.get $esp) (i32.const 4)))
            (if $I17
              (i32.lt_s (local.get $t2) (i32.const 0))
              (then
                (local.set $fuel (i32.sub (local.get $fuel) (i32.const -1)))
                (local.set $eip (i32.const 4102))
                (local.set $reason (i32.const 1))
                (br $B2)))
            (local.set $t1 (i32.and (local.get $t2) (i32.const 2147483647)))))
        (local.set $t4 (i32.load (local.get $t1)))
        (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
        (local.set $eip (local.get $t4))
        (local.set $reason (i32.const -1))
        (br $B2))
      (i32.store (i32.const 60) (local.get $fuel)))
;; exit
    (if $I18
      (i32.eqz (local.get $reason))
      (then
        (local.set $t4
          (i32.mul
            (i32.and (i32.xor (local.get $eip) (i32.shr_u (local.get $eip) (i32.const 14))) (i32.const 16383))
            (i32.const 16)))
        (if $I19
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=1572864 (local.get $t4)) (local.get $eip))
                (i32.xor (i32.load offset=1572868 (local.get $t4)) (i32.const 119)))
              (i32.xor
                (i32.load offset=1572872 (local.get $t4))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $eip) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=1572876 (local.get $t4)))))))
    (if $I20 (i32.gt_s (local.get $reason) (i32.const 0)) (then (i32.store (i32.const 96) (local.get $reason))))
    (return (local.get $eip) (local.get $esp))
ends at 00001006: returns

