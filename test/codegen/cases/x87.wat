region 00001000: 4 instructions in 7 bytes, 1006 of WebAssembly
;; entry
    (local.set $fuel (i32.load (i32.const 60)))
    (if $I0 (i32.lt_s (local.get $fuel) (i32.const 4)) (then (return (i32.const 4096) (local.get $esp))))
    (local.set $tlbRead (i32.load (i32.const 72)))
    (local.set $tlbWrite (i32.load (i32.const 76)))
    (local.set $eax (i32.load (i32.const 0)))
    (local.set $fpuTemporary (i32.load (i32.const 360)))
    (local.set $fpuBase (i32.and (i32.shr_u (local.get $fpuTemporary) (i32.const 11)) (i32.const 7)))
    (local.set $fpuSticky (i32.and (local.get $fpuTemporary) (i32.const 33023)))
    (local.set $fpuCondition (i32.and (local.get $fpuTemporary) (i32.const 17664)))
    (local.set $fpuGained (f64.convert_i32_u (i32.and (local.get $fpuTemporary) (i32.const 512))))
    (local.set $fpuResult (f64.const 0x1p+0))
    (local.set $fpuLimit
      (select
        (i64.const 1801)
        (i64.const 0)
        (i32.eq (i32.and (i32.load (i32.const 356)) (i32.const 3872)) (i32.const 800))))
    (local.set $fpuLost (i64.const 0))
    (local.set $fpuTemporary (i32.load (i32.const 364)))
    (local.set $fpuTemporary
      (i32.and
        (i32.and (local.get $fpuTemporary) (i32.shr_u (local.get $fpuTemporary) (i32.const 1)))
        (i32.const 21845)))
    (local.set $fpuEmpty
      (i32.and
        (i32.shr_u
          (i32.or (local.get $fpuTemporary) (i32.shl (local.get $fpuTemporary) (i32.const 16)))
          (i32.shl (local.get $fpuBase) (i32.const 1)))
        (i32.const 21845)))
    (local.set $fpuTemporary
      (i32.add (i32.shl (i32.and (local.get $fpuBase) (i32.const 7)) (i32.const 4)) (i32.const 400)))
    (local.set $high0
      (call $x87_pair (i64.load (local.get $fpuTemporary)) (i32.load16_u offset=8 (local.get $fpuTemporary))))
    (local.set $low0 (f64.load (i32.const 768)))
    (block $B1
      (block $B2
        (block $B3
          (block $B4
            (block $B5
              (block $B6
;; 00001000  fld qword ptr [eax]  ;; 133
                (if $I7
                  (i32.and (i32.load (i32.const 68)) (i32.const 256))
                  (then (local.set $exit (i64.const 281474976714752)) (br $B2)))
                (if $I8
                  (i32.and (i32.and (local.get $fpuSticky) (i32.const 128)) (i32.const -1))
                  (then (local.set $exit (i64.const 281474976714752)) (br $B2)))
                (local.set $low (local.get $eax))
                (local.set $entry
                  (i32.load
                    (i32.add
                      (local.get $tlbWrite)
                      (i32.shl (i32.shr_u (local.get $low) (i32.const 12)) (i32.const 2)))))
                (local.set $low (i32.add (local.get $entry) (local.get $low)))
                (local.set $at_0_-1_0 (local.get $low))
                (if $I9
                  (i32.and
                    (i32.gt_u (i32.and (local.get $low) (i32.const -2147479553)) (i32.const 4088))
                    (i32.const -1))
                  (then
                    (if $I10
                      (i32.or
                        (i32.shr_u (local.get $low) (i32.const 31))
                        (i32.ne
                          (local.get $entry)
                          (i32.load
                            (i32.add
                              (local.get $tlbWrite)
                              (i32.shl
                                (i32.shr_u (i32.add (local.get $eax) (i32.const 7)) (i32.const 12))
                                (i32.const 2))))))
                      (then (local.set $exit (i64.const 844424930136064)) (br $B2)))))
                (local.set $t1 (i64.load (local.get $at_0_-1_0)))
                (local.set $fpuIp (i32.const 4096))
                (local.set $fpuCs (i32.const 128))
                (local.set $fpuOpcode (i32.const 1280))
                (local.set $fpuDp (local.get $eax))
                (local.set $fpuDs (i32.const 160))
                (if $I11
                  (i32.and (i32.eqz (i32.and (local.get $fpuEmpty) (i32.const 16384))) (i32.const -1))
                  (then (local.set $exit (i64.const 281474976714752)) (br $B3)))
                (local.set $t2 (f64.reinterpret_i64 (local.get $t1)))
                (local.set $t3 (f64.const 0x0p+0))
                (local.set $t4 (local.get $t2))
                (local.set $t5 (local.get $t3))
                (local.set $t6 (i64.shr_u (local.get $t1) (i64.const 52)))
                (local.set $t7 (i64.and (local.get $t6) (i64.const 2047)))
                (local.set $t8 (i64.sub (local.get $t7) (i64.const 123)))
                (local.set $t9 (i64.ge_u (local.get $t8) (i64.const 1801)))
                (if $I12
                  (i32.and (local.get $t9) (i32.const -1))
                  (then
                    (local.set $t10 (f64.ne (local.get $t4) (f64.const 0x0p+0)))
                    (if $I13
                      (i32.and (local.get $t10) (i32.const -1))
                      (then (local.set $exit (i64.const 281474976714752)) (br $B3)))
                    (local.set $t5 (local.get $t4))))
                (local.set $high7 (local.get $t4))
                (local.set $low7 (local.get $t5))
                (local.set $fpuGained (f64.const 0x0p+0))
;; 00001002  fadd st, st(1)  ;; 307
                (local.set $fpuIp (i32.const 4098))
                (local.set $fpuCs (i32.const 128))
                (local.set $fpuOpcode (i32.const 193))
                (if $I14
                  (i32.and (i32.and (local.get $fpuEmpty) (i32.const 1)) (i32.const -1))
                  (then
                    (local.set $exit (i64.const 281479271682050))
                    (local.set $fpuEmpty (i32.and (local.get $fpuEmpty) (i32.const -16385)))
                    (br $B4)))
                (local.set $t10 (f64.ne (local.get $high0) (local.get $high0)))
                (if $I15
                  (i32.and (local.get $t10) (i32.const -1))
                  (then
                    (local.set $exit (i64.const 281479271682050))
                    (local.set $fpuEmpty (i32.and (local.get $fpuEmpty) (i32.const -16385)))
                    (br $B4)))
                (block $B16
                  (block $B17
                    (local.set $t5 (f64.add (local.get $high7) (local.get $high0)))
                    (local.set $t4 (f64.sub (local.get $t5) (local.get $high7)))
                    (local.set $t11 (f64.sub (local.get $t5) (local.get $t4)))
                    (local.set $t12 (f64.sub (local.get $high7) (local.get $t11)))
                    (local.set $t13 (f64.sub (local.get $high0) (local.get $t4)))
                    (local.set $t14 (f64.add (local.get $t12) (local.get $t13)))
                    (local.set $t8 (i64.reinterpret_f64 (local.get $high7)))
                    (local.set $t7 (i64.shl (local.get $t8) (i64.const 1)))
                    (local.set $t6 (i64.reinterpret_f64 (local.get $high0)))
                    (local.set $t1 (i64.shl (local.get $t6) (i64.const 1)))
                    (local.set $t15 (i64.sub (local.get $t7) (local.get $t1)))
                    (local.set $t16 (i64.shr_s (local.get $t15) (i64.const 53)))
                    (local.set $t9 (i32.wrap_i64 (local.get $t16)))
                    (if $I18
                      (i32.and (i32.gt_u (i32.add (local.get $t9) (i32.const 39)) (i32.const 78)) (i32.const -1))
                      (then
                        (local.set $t17 (f64.ne (local.get $high7) (f64.const 0x0p+0)))
                        (local.set $t18 (f64.ne (local.get $high0) (f64.const 0x0p+0)))
                        (br_if $B17 (i32.and (i32.and (local.get $t17) (local.get $t18)) (i32.const -1)))))
                    (local.set $t19 (f64.add (local.get $t14) (local.get $low0)))
                    (local.set $t20 (f64.add (local.get $t5) (local.get $t19)))
                    (local.set $t21 (f64.sub (local.get $t20) (local.get $t5)))
                    (local.set $t22 (f64.sub (local.get $t19) (local.get $t21)))
                    (local.set $t23 (i64.reinterpret_f64 (local.get $t5)))
                    (local.set $t24 (i64.shr_u (local.get $t23) (i64.const 52)))
                    (local.set $t25 (i64.and (local.get $t24) (i64.const 2047)))
                    (local.set $t26 (i64.shl (local.get $t25) (i64.const 52)))
                    (local.set $t27 (i64.add (local.get $t26) (i64.const -47287796087390208)))
                    (local.set $t28 (f64.reinterpret_i64 (local.get $t27)))
                    (local.set $t29 (f64.add (local.get $t22) (local.get $t28)))
                    (local.set $t30 (f64.sub (local.get $t29) (local.get $t28)))
                    (local.set $t31 (i64.sub (local.get $t25) (i64.const 123)))
                    (local.set $t32 (i64.ge_u (local.get $t31) (local.get $fpuLimit)))
                    (br_if $B17 (i32.and (local.get $t32) (i32.const -1)))
                    (local.set $t33 (i64.reinterpret_f64 (local.get $t20)))
                    (local.set $t34 (i64.xor (local.get $t33) (local.get $t23)))
                    (local.set $t35 (i64.shr_u (local.get $t34) (i64.const 52)))
                    (local.set $t36 (i64.ne (local.get $t35) (i64.const 0)))
                    (br_if $B17 (i32.and (local.get $t36) (i32.const -1)))
                    (local.set $t37 (i64.reinterpret_f64 (local.get $t20)))
                    (local.set $t38 (i64.shl (local.get $t37) (i64.const 12)))
                    (local.set $t39 (i64.eq (local.get $t38) (i64.const 0)))
                    (if $I19
                      (i32.and (local.get $t39) (i32.const -1))
                      (then
                        (local.set $t40 (f64.ne (local.get $t22) (f64.const 0x0p+0)))
                        (local.set $t41 (i64.reinterpret_f64 (local.get $t20)))
                        (local.set $t42 (i64.reinterpret_f64 (local.get $t22)))
                        (local.set $t43 (i64.xor (local.get $t41) (local.get $t42)))
                        (local.set $t44 (i64.shr_u (local.get $t43) (i64.const 63)))
                        (local.set $t45 (i64.sub (local.get $t41) (local.get $t44)))
                        (local.set $t46 (i64.xor (local.get $t45) (local.get $t23)))
                        (local.set $t47 (i64.shr_u (local.get $t46) (i64.const 52)))
                        (local.set $t48 (i64.ne (local.get $t47) (i64.const 0)))
                        (br_if $B17 (i32.and (i32.and (local.get $t40) (local.get $t48)) (i32.const -1)))))
                    (local.set $t49 (f64.sub (local.get $t30) (local.get $t22)))
                    (local.set $t3 (local.get $t20))
                    (local.set $t2 (local.get $t30))
                    (local.set $t50 (i64.reinterpret_f64 (local.get $t49)))
                    (local.set $fpuLost (i64.or (local.get $fpuLost) (local.get $t50)))
                    (local.set $fpuGained (local.get $t49))
                    (local.set $fpuResult (local.get $t20))
                    (br $B16))
                  (local.set $t51
                    (call $x87_pair_add (local.get $high7) (local.get $low7) (local.get $high0) (local.get $low0)))
                  (local.set $t52 (f64.ne (local.get $t51) (local.get $t51)))
                  (if $I20
                    (i32.and (local.get $t52) (i32.const -1))
                    (then
                      (local.set $exit (i64.const 281479271682050))
                      (local.set $fpuEmpty (i32.and (local.get $fpuEmpty) (i32.const -16385)))
                      (br $B4)))
                  (local.set $t53 (f64.load (i32.const 768)))
                  (local.set $t3 (local.get $t51))
                  (local.set $t2 (local.get $t53))
                  (local.set $t54 (i32.load (i32.const 360)))
                  (local.set $fpuSticky
                    (i32.or (local.get $fpuSticky) (i32.and (local.get $t54) (i32.const 33023))))
                  (local.set $fpuGained (f64.convert_i32_u (i32.and (local.get $t54) (i32.const 512))))
                  (local.set $fpuResult (f64.const 0x1p+0)))
                (local.set $high7 (local.get $t3))
                (local.set $low7 (local.get $t2))
;; 00001004  fstp qword ptr [eax]  ;; 91
                (local.set $fpuIp (i32.const 4100))
                (local.set $fpuCs (i32.const 128))
                (local.set $fpuOpcode (i32.const 1304))
                (local.set $fpuDp (local.get $eax))
                (local.set $fpuDs (i32.const 160))
                (block $B21
                  (block $B22
                    (local.set $t54 (i64.eq (local.get $fpuLimit) (i64.const 0)))
                    (br_if $B22 (i32.and (local.get $t54) (i32.const -1)))
                    (local.set $t53 (f64.add (local.get $high7) (local.get $low7)))
                    (local.set $t51 (f64.sub (local.get $t53) (local.get $high7)))
                    (local.set $t49 (f64.sub (local.get $t51) (local.get $low7)))
                    (local.set $t47 (i64.reinterpret_f64 (local.get $t49)))
                    (local.set $fpuLost (i64.or (local.get $fpuLost) (local.get $t47)))
                    (local.set $fpuGained (local.get $t49))
                    (local.set $fpuResult (local.get $t53))
                    (local.set $t46 (i64.reinterpret_f64 (local.get $t53)))
                    (local.set $t50 (local.get $t46))
                    (br $B21))
                  (if $I23
                    (i32.and
                      (i32.xor (i32.and (i32.load (i32.const 356)) (i32.const 63)) (i32.const 63))
                      (i32.const -1))
                    (then
                      (local.set $exit (i64.const 281483566649348))
                      (local.set $fpuEmpty (i32.and (local.get $fpuEmpty) (i32.const -16385)))
                      (br $B4)))
                  (local.set $t52 (call $x87_pair_narrow_f64 (local.get $high7) (local.get $low7)))
                  (local.set $t48 (i32.load (i32.const 360)))
                  (local.set $fpuSticky
                    (i32.or (local.get $fpuSticky) (i32.and (local.get $t48) (i32.const 33023))))
                  (local.set $fpuGained (f64.convert_i32_u (i32.and (local.get $t48) (i32.const 512))))
                  (local.set $fpuResult (f64.const 0x1p+0))
                  (local.set $t50 (i64.load (i32.const 752))))
                (i64.store (local.get $at_0_-1_0) (local.get $t50))
;; 00001006  ret  ;; 126
                (local.set $fuel (i32.sub (local.get $fuel) (i32.const 4)))
                (local.set $t48
                  (i32.add
                    (i32.load
                      (i32.add
                        (local.get $tlbRead)
                        (i32.shl (i32.shr_u (local.get $esp) (i32.const 12)) (i32.const 2))))
                    (local.get $esp)))
                (if $I24
                  (i32.and (local.get $t48) (i32.const -2147483645))
                  (then
                    (if $I25
                      (i32.gt_u (i32.and (local.get $t48) (i32.const -2147479553)) (i32.const 4092))
                      (then
                        (local.set $exit (i64.const 1125895611879430))
                        (local.set $fpuEmpty
                          (i32.or (i32.and (local.get $fpuEmpty) (i32.const -1)) (i32.const 16384)))
                        (br $B5)))))
                (local.set $t52 (i32.load (local.get $t48)))
                (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
                (local.set $back (local.get $t52))
                (local.set $fpuEmpty (i32.or (i32.and (local.get $fpuEmpty) (i32.const -1)) (i32.const 16384)))
                (br $B6))
              (local.set $fpuTemporary
                (i32.add
                  (i32.shl (i32.and (i32.add (local.get $fpuBase) (i32.const 7)) (i32.const 7)) (i32.const 4))
                  (i32.const 400)))
              (call $x87_write_pair (local.get $fpuTemporary) (local.get $high7) (local.get $low7))
              (i32.store
                (i32.const 360)
                (i32.or
                  (i32.or
                    (i32.or
                      (local.get $fpuSticky)
                      (select (i32.const 32) (i32.const 0) (i64.ne (local.get $fpuLost) (i64.const 0))))
                    (i32.or
                      (local.get $fpuCondition)
                      (i32.shl
                        (f64.gt
                          (f64.mul
                            (f64.copysign (f64.const 0x1p+0) (local.get $fpuResult))
                            (local.get $fpuGained))
                          (f64.const 0x0p+0))
                        (i32.const 9))))
                  (i32.and (i32.shl (local.get $fpuBase) (i32.const 11)) (i32.const 14336))))
              (local.set $fpuTemporary
                (i32.shl
                  (i32.mul (local.get $fpuEmpty) (i32.const 3))
                  (i32.shl (local.get $fpuBase) (i32.const 1))))
              (i32.store
                (i32.const 364)
                (i32.and
                  (i32.or (local.get $fpuTemporary) (i32.shr_u (local.get $fpuTemporary) (i32.const 16)))
                  (i32.const 65535)))
              (i32.store (i32.const 372) (local.get $fpuIp))
              (i32.store (i32.const 376) (i32.load (local.get $fpuCs)))
              (i32.store (i32.const 368) (local.get $fpuOpcode))
              (i32.store (i32.const 380) (local.get $fpuDp))
              (i32.store (i32.const 384) (i32.load (local.get $fpuDs)))
;; exit
              (i32.store (i32.const 60) (local.get $fuel))
              (return (local.get $back) (local.get $esp)))
            (local.set $fpuTemporary
              (i32.add
                (i32.shl (i32.and (i32.add (local.get $fpuBase) (i32.const 7)) (i32.const 7)) (i32.const 4))
                (i32.const 400)))
            (call $x87_write_pair (local.get $fpuTemporary) (local.get $high7) (local.get $low7))
            (i32.store
              (i32.const 360)
              (i32.or
                (i32.or
                  (i32.or
                    (local.get $fpuSticky)
                    (select (i32.const 32) (i32.const 0) (i64.ne (local.get $fpuLost) (i64.const 0))))
                  (i32.or
                    (local.get $fpuCondition)
                    (i32.shl
                      (f64.gt
                        (f64.mul (f64.copysign (f64.const 0x1p+0) (local.get $fpuResult)) (local.get $fpuGained))
                        (f64.const 0x0p+0))
                      (i32.const 9))))
                (i32.and (i32.shl (local.get $fpuBase) (i32.const 11)) (i32.const 14336))))
            (local.set $fpuTemporary
              (i32.shl (i32.mul (local.get $fpuEmpty) (i32.const 3)) (i32.shl (local.get $fpuBase) (i32.const 1))))
            (i32.store
              (i32.const 364)
              (i32.and
                (i32.or (local.get $fpuTemporary) (i32.shr_u (local.get $fpuTemporary) (i32.const 16)))
                (i32.const 65535)))
            (i32.store (i32.const 372) (local.get $fpuIp))
            (i32.store (i32.const 376) (i32.load (local.get $fpuCs)))
            (i32.store (i32.const 368) (local.get $fpuOpcode))
            (i32.store (i32.const 380) (local.get $fpuDp))
            (i32.store (i32.const 384) (i32.load (local.get $fpuDs)))
            (br $B1))
          (local.set $fpuTemporary
            (i32.add
              (i32.shl (i32.and (i32.add (local.get $fpuBase) (i32.const 7)) (i32.const 7)) (i32.const 4))
              (i32.const 400)))
          (call $x87_write_pair (local.get $fpuTemporary) (local.get $high7) (local.get $low7))
          (i32.store
            (i32.const 360)
            (i32.or
              (i32.or
                (i32.or
                  (local.get $fpuSticky)
                  (select (i32.const 32) (i32.const 0) (i64.ne (local.get $fpuLost) (i64.const 0))))
                (i32.or
                  (local.get $fpuCondition)
                  (i32.shl
                    (f64.gt
                      (f64.mul (f64.copysign (f64.const 0x1p+0) (local.get $fpuResult)) (local.get $fpuGained))
                      (f64.const 0x0p+0))
                    (i32.const 9))))
              (i32.and (i32.shl (i32.add (local.get $fpuBase) (i32.const 7)) (i32.const 11)) (i32.const 14336))))
          (local.set $fpuTemporary
            (i32.shl (i32.mul (local.get $fpuEmpty) (i32.const 3)) (i32.shl (local.get $fpuBase) (i32.const 1))))
          (i32.store
            (i32.const 364)
            (i32.and
              (i32.or (local.get $fpuTemporary) (i32.shr_u (local.get $fpuTemporary) (i32.const 16)))
              (i32.const 65535)))
          (i32.store (i32.const 372) (local.get $fpuIp))
          (i32.store (i32.const 376) (i32.load (local.get $fpuCs)))
          (i32.store (i32.const 368) (local.get $fpuOpcode))
          (i32.store (i32.const 380) (local.get $fpuDp))
          (i32.store (i32.const 384) (i32.load (local.get $fpuDs)))
          (br $B1))
        (i32.store (i32.const 372) (local.get $fpuIp))
        (i32.store (i32.const 376) (i32.load (local.get $fpuCs)))
        (i32.store (i32.const 368) (local.get $fpuOpcode))
        (i32.store (i32.const 380) (local.get $fpuDp))
        (i32.store (i32.const 384) (i32.load (local.get $fpuDs)))
        (br $B1)))
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t52 (i32.wrap_i64 (local.get $exit)))
    (local.set $t48 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I26
      (i32.eqz (local.get $t48))
      (then
        (local.set $t54
          (i32.mul
            (i32.and (i32.xor (local.get $t52) (i32.shr_u (local.get $t52) (i32.const 14))) (i32.const 65535))
            (i32.const 16)))
        (if $I27
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=10485760 (local.get $t54)) (local.get $t52))
                (i32.xor (i32.load offset=10485764 (local.get $t54)) (i32.const 119)))
              (i32.xor
                (i32.load offset=10485768 (local.get $t54))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t52) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=10485772 (local.get $t54))))))
      (else (i32.store (i32.const 96) (local.get $t48)) (i32.store (i32.const 100) (i32.const 4096))))
    (return (local.get $t52) (local.get $esp))
ends at 00001006: returns

