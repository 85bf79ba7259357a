region 00001000: 4 instructions in 7 bytes, 1121 of WebAssembly
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
    (local.set $fpuUp
      (i64.extend_i32_u (i32.and (i32.shr_u (local.get $fpuTemporary) (i32.const 9)) (i32.const 1))))
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
    (local.set $significand0 (i64.load (local.get $fpuTemporary)))
    (local.set $exponent0 (i32.load16_u offset=8 (local.get $fpuTemporary)))
    (block $B1
      (block $B2
        (block $B3
          (block $B4
            (block $B5
;; 00001000  fld qword ptr [eax]  ;; 201
              (if $I6
                (i32.and (i32.load (i32.const 68)) (i32.const 256))
                (then (local.set $exit (i64.const 281474976714752)) (br $B2)))
              (if $I7
                (i32.and (i32.and (local.get $fpuSticky) (i32.const 128)) (i32.const -1))
                (then (local.set $exit (i64.const 281474976714752)) (br $B2)))
              (local.set $t1
                (i32.add
                  (i32.load
                    (i32.add
                      (local.get $tlbRead)
                      (i32.shl (i32.shr_u (local.get $eax) (i32.const 12)) (i32.const 2))))
                  (local.get $eax)))
              (if $I8
                (i32.and (local.get $t1) (i32.const -2147483641))
                (then
                  (if $I9
                    (i32.gt_u (i32.and (local.get $t1) (i32.const -2147479553)) (i32.const 4088))
                    (then
                      (local.set $t1 (call $hostForRead (local.get $eax) (i32.const 8)))
                      (if $I10
                        (i32.lt_s (local.get $t1) (i32.const 0))
                        (then (local.set $exit (i64.const 281474976714752)) (br $B2)))
                      (local.set $t1 (i32.and (local.get $t1) (i32.const 2147483647)))))))
              (local.set $t2 (i64.load (local.get $t1)))
              (local.set $fpuIp (i32.const 4096))
              (local.set $fpuCs (i32.const 128))
              (local.set $fpuOpcode (i32.const 1280))
              (local.set $fpuDp (local.get $eax))
              (local.set $fpuDs (i32.const 160))
              (if $I11
                (i32.and (i32.eqz (i32.and (local.get $fpuEmpty) (i32.const 16384))) (i32.const -1))
                (then (local.set $exit (i64.const 281474976714752)) (br $B3)))
              (local.set $t3 (i64.shr_u (local.get $t2) (i64.const 52)))
              (local.set $t4 (i32.wrap_i64 (local.get $t3)))
              (local.set $t5 (i32.and (local.get $t4) (i32.const 2047)))
              (local.set $t6 (i64.shr_u (local.get $t2) (i64.const 48)))
              (local.set $t7 (i32.wrap_i64 (local.get $t6)))
              (local.set $t8 (i64.shl (local.get $t2) (i64.const 12)))
              (local.set $t9 (i64.shr_u (local.get $t8) (i64.const 1)))
              (local.set $t10 (i32.lt_u (i32.sub (local.get $t5) (i32.const 1)) (i32.const 2046)))
              (local.set $t11 (i64.or (local.get $t9) (i64.const -9223372036854775808)))
              (local.set $t12
                (i32.or (i32.and (local.get $t7) (i32.const 32768)) (i32.add (local.get $t5) (i32.const 15360))))
              (local.set $fpuUnusual
                (i32.xor (i32.and (i32.load (i32.const 356)) (i32.const 3872)) (i32.const 800)))
              (local.set $t13 (local.get $t11))
              (local.set $t14 (local.get $t12))
              (if $I12
                (i32.and (i32.eqz (local.get $t10)) (i32.const -1))
                (then
                  (local.set $t15 (call $x87_widen_f64 (local.get $t2)))
                  (if $I13
                    (i32.and (local.get $t15) (i32.const -1))
                    (then (local.set $exit (i64.const 281474976714752)) (br $B3)))
                  (local.set $t13 (i64.load (i32.const 752)))
                  (local.set $t14 (i32.load16_u offset=8 (i32.const 752)))
                  (local.set $fpuUnusual (i32.or (local.get $fpuUnusual) (i32.const 1)))))
              (local.set $t16 (i64.shl (local.get $t13) (i64.const 1)))
              (local.set $t17 (i64.ne (local.get $t16) (i64.const 0)))
              (if $I14
                (i32.and (local.get $fpuUnusual) (i32.const -1))
                (then
                  (local.set $t18 (i64.and (local.get $t13) (i64.const 4611686018427387904)))
                  (local.set $t19 (i64.eq (local.get $t18) (i64.const 0)))
                  (if $I15
                    (i32.and
                      (i32.and
                        (i32.and
                          (i32.eq (i32.and (local.get $t14) (i32.const 32767)) (i32.const 32767))
                          (local.get $t17))
                        (local.get $t19))
                      (i32.const -1))
                    (then (local.set $exit (i64.const 281474976714752)) (br $B3)))))
              (local.set $significand7 (local.get $t13))
              (local.set $exponent7 (local.get $t14))
              (local.set $fpuEmpty (i32.and (local.get $fpuEmpty) (i32.const -16385)))
              (local.set $fpuUp (i64.const 0))
;; 00001002  fadd st, st(1)  ;; 367
              (local.set $fpuIp (i32.const 4098))
              (local.set $fpuCs (i32.const 128))
              (local.set $fpuOpcode (i32.const 193))
              (if $I16
                (i32.and (i32.and (local.get $fpuEmpty) (i32.const 1)) (i32.const -1))
                (then (local.set $exit (i64.const 281479271682050)) (br $B4)))
              (block $B17
                (block $B18
                  (br_if $B18 (i32.and (local.get $fpuUnusual) (i32.const -1)))
                  (local.set $t17 (i64.ge_s (local.get $significand0) (i64.const 0)))
                  (br_if $B18 (i32.and (local.get $t17) (i32.const -1)))
                  (br_if $B18
                    (i32.and
                      (i32.eqz (i32.and (i32.add (local.get $exponent0) (i32.const 1)) (i32.const 32766)))
                      (i32.const -1)))
                  (local.set $t15 (i32.and (local.get $exponent7) (i32.const 32767)))
                  (local.set $t12 (i32.and (local.get $exponent0) (i32.const 32767)))
                  (local.set $t10 (i32.sub (local.get $t15) (local.get $t12)))
                  (local.set $t7 (i64.gt_u (local.get $significand0) (local.get $significand7)))
                  (local.set $t5
                    (i32.or
                      (i32.lt_s (local.get $t10) (i32.const 0))
                      (i32.and (i32.eqz (local.get $t10)) (local.get $t7))))
                  (local.set $t4
                    (select (i32.sub (i32.const 0) (local.get $t10)) (local.get $t10) (local.get $t5)))
                  (br_if $B18 (i32.and (i32.gt_u (local.get $t4) (i32.const 63)) (i32.const -1)))
                  (local.set $t16 (select (local.get $significand0) (local.get $significand7) (local.get $t5)))
                  (local.set $t11 (select (local.get $significand7) (local.get $significand0) (local.get $t5)))
                  (local.set $t9 (i64.extend_i32_u (local.get $t4)))
                  (local.set $t8 (i64.shr_u (local.get $t11) (local.get $t9)))
                  (local.set $t6 (i64.shl (local.get $t11) (i64.const 1)))
                  (local.set $t3 (i64.sub (i64.const 63) (local.get $t9)))
                  (local.set $t13 (i64.shl (local.get $t6) (local.get $t3)))
                  (local.set $t2 (local.get $t16))
                  (local.set $t20 (local.get $t13))
                  (local.set $t14 (select (local.get $t12) (local.get $t15) (local.get $t5)))
                  (if $I19
                    (i32.and (i32.xor (local.get $exponent7) (local.get $exponent0)) (i32.const 32768))
                    (then
                      (local.set $t1 (i64.lt_u (i64.const 0) (local.get $t13)))
                      (local.set $t21 (i64.extend_i32_u (local.get $t1)))
                      (local.set $t22 (i64.sub (local.get $t16) (local.get $t8)))
                      (local.set $t23 (i64.sub (local.get $t22) (local.get $t21)))
                      (local.set $t24 (i64.sub (i64.const 0) (local.get $t13)))
                      (local.set $t25 (i64.clz (local.get $t23)))
                      (local.set $t26 (i64.shr_u (local.get $t24) (i64.const 1)))
                      (local.set $t27 (i64.sub (i64.const 63) (local.get $t25)))
                      (local.set $t28 (i64.shr_u (local.get $t26) (local.get $t27)))
                      (local.set $t29 (i64.shl (local.get $t23) (local.get $t25)))
                      (local.set $t30 (i64.or (local.get $t29) (local.get $t28)))
                      (local.set $t31 (i64.shl (local.get $t24) (local.get $t25)))
                      (local.set $t32 (i32.wrap_i64 (local.get $t25)))
                      (local.set $t33 (i64.eq (local.get $t30) (i64.const 0)))
                      (br_if $B18 (i32.and (local.get $t33) (i32.const -1)))
                      (local.set $t2 (local.get $t30))
                      (local.set $t20 (local.get $t31))
                      (local.set $t14 (i32.sub (local.get $t14) (local.get $t32))))
                    (else
                      (local.set $t34 (i64.add (local.get $t16) (local.get $t8)))
                      (local.set $t35 (i64.lt_u (local.get $t34) (local.get $t16)))
                      (local.set $t36 (i64.extend_i32_u (local.get $t35)))
                      (local.set $t37 (i64.and (local.get $t13) (i64.const 1)))
                      (local.set $t38 (i64.shr_u (local.get $t13) (local.get $t36)))
                      (local.set $t39 (i64.or (local.get $t38) (local.get $t37)))
                      (local.set $t40 (i64.and (local.get $t34) (local.get $t36)))
                      (local.set $t41 (i64.shl (local.get $t40) (i64.const 63)))
                      (local.set $t42 (i64.or (local.get $t39) (local.get $t41)))
                      (local.set $t43 (i64.shr_u (local.get $t34) (local.get $t36)))
                      (local.set $t44 (i64.shl (local.get $t36) (i64.const 63)))
                      (local.set $t45 (i64.or (local.get $t43) (local.get $t44)))
                      (local.set $t2 (local.get $t45))
                      (local.set $t20 (local.get $t42))
                      (local.set $t14 (i32.add (local.get $t14) (local.get $t35)))))
                  (local.set $t46
                    (i32.and
                      (select (local.get $exponent0) (local.get $exponent7) (local.get $t5))
                      (i32.const 32768)))
                  (local.set $t47 (i64.eq (local.get $t20) (i64.const -9223372036854775808)))
                  (local.set $t48 (select (i64.const -2) (i64.const -1) (local.get $t47)))
                  (local.set $t49 (i64.shr_u (local.get $t20) (i64.const 63)))
                  (local.set $t50 (i64.add (local.get $t2) (local.get $t49)))
                  (local.set $t51 (i64.and (local.get $t50) (local.get $t48)))
                  (local.set $t52 (i64.xor (local.get $t51) (local.get $t2)))
                  (local.set $t53 (i64.and (local.get $t52) (i64.const 1)))
                  (br_if $B18
                    (i32.and (i32.ge_u (i32.sub (local.get $t14) (i32.const 1)) (i32.const 32765)) (i32.const -1)))
                  (local.set $t54 (i64.eq (local.get $t51) (i64.const 0)))
                  (br_if $B18 (i32.and (local.get $t54) (i32.const -1)))
                  (local.set $t55 (i32.or (local.get $t46) (local.get $t14)))
                  (local.set $t18 (local.get $t51))
                  (local.set $t19 (local.get $t55))
                  (local.set $fpuLost (i64.or (local.get $fpuLost) (local.get $t20)))
                  (local.set $fpuUp (local.get $t53))
                  (br $B17))
                (if $I20
                  (i32.and
                    (i32.xor (i32.and (i32.load (i32.const 356)) (i32.const 63)) (i32.const 63))
                    (i32.const -1))
                  (then (local.set $exit (i64.const 281479271682050)) (br $B4)))
                (local.set $t56
                  (call $x87_add
                    (i32.const 752)
                    (local.get $significand7)
                    (local.get $exponent7)
                    (local.get $significand0)
                    (local.get $exponent0)))
                (local.set $t57 (i32.load (i32.const 360)))
                (local.set $fpuSticky
                  (i32.or (local.get $fpuSticky) (i32.and (local.get $t57) (i32.const 33023))))
                (local.set $fpuUp
                  (i64.extend_i32_u (i32.and (i32.shr_u (local.get $t57) (i32.const 9)) (i32.const 1))))
                (local.set $t18 (i64.load (i32.const 752)))
                (local.set $t19 (i32.load16_u offset=8 (i32.const 752)))
                (local.set $t58 (i64.ge_s (local.get $t18) (i64.const 0)))
                (local.set $fpuUnusual
                  (i32.or
                    (local.get $fpuUnusual)
                    (i32.or
                      (local.get $t58)
                      (i32.eqz (i32.and (i32.add (local.get $t19) (i32.const 1)) (i32.const 32766)))))))
              (local.set $significand7 (local.get $t18))
              (local.set $exponent7 (local.get $t19))
;; 00001004  fstp qword ptr [eax]  ;; 182
              (local.set $t58
                (i32.add
                  (i32.load
                    (i32.add
                      (local.get $tlbWrite)
                      (i32.shl (i32.shr_u (local.get $eax) (i32.const 12)) (i32.const 2))))
                  (local.get $eax)))
              (if $I21
                (i32.and (local.get $t58) (i32.const -2147483641))
                (then
                  (if $I22
                    (i32.gt_u (i32.and (local.get $t58) (i32.const -2147479553)) (i32.const 4088))
                    (then
                      (local.set $t58 (call $hostForWrite (local.get $eax) (i32.const 8)))
                      (if $I23
                        (i32.lt_s (local.get $t58) (i32.const 0))
                        (then (local.set $exit (i64.const 281483566649348)) (br $B4)))
                      (local.set $t58 (i32.and (local.get $t58) (i32.const 2147483647)))))))
              (local.set $fpuIp (i32.const 4100))
              (local.set $fpuCs (i32.const 128))
              (local.set $fpuOpcode (i32.const 1304))
              (local.set $fpuDp (local.get $eax))
              (local.set $fpuDs (i32.const 160))
              (block $B24
                (block $B25
                  (br_if $B25 (i32.and (local.get $fpuUnusual) (i32.const -1)))
                  (local.set $t57 (i32.sub (i32.and (local.get $exponent7) (i32.const 32767)) (i32.const 15360)))
                  (br_if $B25
                    (i32.and (i32.ge_u (i32.sub (local.get $t57) (i32.const 1)) (i32.const 2045)) (i32.const -1)))
                  (local.set $t52 (i64.extend_i32_u (local.get $t57)))
                  (local.set $t51 (i64.shl (local.get $t52) (i64.const 52)))
                  (local.set $t50 (i64.shl (local.get $significand7) (i64.const 1)))
                  (local.set $t49 (i64.shr_u (local.get $t50) (i64.const 12)))
                  (local.set $t48 (i64.or (local.get $t51) (local.get $t49)))
                  (local.set $t45 (i64.shl (local.get $significand7) (i64.const 53)))
                  (local.set $t56 (i64.eq (local.get $t45) (i64.const -9223372036854775808)))
                  (local.set $t44 (select (i64.const -2) (i64.const -1) (local.get $t56)))
                  (local.set $t43 (i64.shr_u (local.get $t45) (i64.const 63)))
                  (local.set $t42 (i64.add (local.get $t48) (local.get $t43)))
                  (local.set $t41 (i64.and (local.get $t42) (local.get $t44)))
                  (local.set $t40 (i64.xor (local.get $t41) (local.get $t48)))
                  (local.set $t39 (i64.and (local.get $t40) (i64.const 1)))
                  (local.set $t38 (i64.extend_i32_u (i32.and (local.get $exponent7) (i32.const 32768))))
                  (local.set $t37 (i64.shl (local.get $t38) (i64.const 48)))
                  (local.set $t36 (i64.or (local.get $t41) (local.get $t37)))
                  (local.set $t53 (local.get $t36))
                  (local.set $fpuLost (i64.or (local.get $fpuLost) (local.get $t45)))
                  (local.set $fpuUp (local.get $t39))
                  (br $B24))
                (if $I26
                  (i32.and
                    (i32.xor (i32.and (i32.load (i32.const 356)) (i32.const 63)) (i32.const 63))
                    (i32.const -1))
                  (then (local.set $exit (i64.const 281483566649348)) (br $B4)))
                (local.set $t55 (call $x87_narrow_f64 (local.get $significand7) (local.get $exponent7)))
                (local.set $t54 (i32.load (i32.const 360)))
                (local.set $fpuSticky
                  (i32.or (local.get $fpuSticky) (i32.and (local.get $t54) (i32.const 33023))))
                (local.set $fpuUp
                  (i64.extend_i32_u (i32.and (i32.shr_u (local.get $t54) (i32.const 9)) (i32.const 1))))
                (local.set $t53 (i64.load (i32.const 752))))
              (i64.store (local.get $t58) (local.get $t53))
              (local.set $fpuEmpty (i32.or (local.get $fpuEmpty) (i32.const 16384)))
;; 00001006  ret  ;; 215
              (local.set $fuel (i32.sub (local.get $fuel) (i32.const 4)))
              (local.set $t54
                (i32.add
                  (i32.load
                    (i32.add
                      (local.get $tlbRead)
                      (i32.shl (i32.shr_u (local.get $esp) (i32.const 12)) (i32.const 2))))
                  (local.get $esp)))
              (if $I27
                (i32.and (local.get $t54) (i32.const -2147483645))
                (then
                  (local.set $t54 (call $hostForRead (local.get $esp) (i32.const 4)))
                  (if $I28
                    (i32.lt_s (local.get $t54) (i32.const 0))
                    (then (local.set $exit (i64.const 562945658458118)) (br $B5)))
                  (local.set $t54 (i32.and (local.get $t54) (i32.const 2147483647)))))
              (local.set $t55 (i32.load (local.get $t54)))
              (local.set $esp (i32.add (local.get $esp) (i32.const 4)))
              (local.set $exit (i64.or (i64.extend_i32_u (local.get $t55)) (i64.const -281474976710656)))
              (br $B5))
            (local.set $fpuTemporary
              (i32.add
                (i32.shl (i32.and (i32.add (local.get $fpuBase) (i32.const 7)) (i32.const 7)) (i32.const 4))
                (i32.const 400)))
            (i64.store (local.get $fpuTemporary) (local.get $significand7))
            (i32.store16 offset=8 (local.get $fpuTemporary) (local.get $exponent7))
            (i32.store
              (i32.const 360)
              (i32.or
                (i32.or
                  (i32.or
                    (local.get $fpuSticky)
                    (select (i32.const 32) (i32.const 0) (i64.ne (local.get $fpuLost) (i64.const 0))))
                  (i32.or (local.get $fpuCondition) (i32.shl (i32.wrap_i64 (local.get $fpuUp)) (i32.const 9))))
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
          (i64.store (local.get $fpuTemporary) (local.get $significand7))
          (i32.store16 offset=8 (local.get $fpuTemporary) (local.get $exponent7))
          (i32.store
            (i32.const 360)
            (i32.or
              (i32.or
                (i32.or
                  (local.get $fpuSticky)
                  (select (i32.const 32) (i32.const 0) (i64.ne (local.get $fpuLost) (i64.const 0))))
                (i32.or (local.get $fpuCondition) (i32.shl (i32.wrap_i64 (local.get $fpuUp)) (i32.const 9))))
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
;; exit
    (i32.store
      (i32.const 60)
      (i32.sub (local.get $fuel) (i32.extend16_s (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 32))))))
    (local.set $t55 (i32.wrap_i64 (local.get $exit)))
    (local.set $t54 (i32.wrap_i64 (i64.shr_s (local.get $exit) (i64.const 48))))
    (if $I29
      (i32.eqz (local.get $t54))
      (then
        (local.set $t56
          (i32.mul
            (i32.and (i32.xor (local.get $t55) (i32.shr_u (local.get $t55) (i32.const 14))) (i32.const 16383))
            (i32.const 16)))
        (if $I30
          (i32.eqz
            (i32.or
              (i32.or
                (i32.xor (i32.load offset=1572864 (local.get $t56)) (local.get $t55))
                (i32.xor (i32.load offset=1572868 (local.get $t56)) (i32.const 119)))
              (i32.xor
                (i32.load offset=1572872 (local.get $t56))
                (i32.load
                  (i32.add
                    (i32.load (i32.const 80))
                    (i32.shl (i32.shr_u (local.get $t55) (i32.const 12)) (i32.const 2)))))))
          (then
            (return_call_indirect
              (type $t1)
              (local.get $esp)
              (local.get $depth)
              (i32.load offset=1572876 (local.get $t56)))))))
    (if $I31 (i32.gt_s (local.get $t54) (i32.const 0)) (then (i32.store (i32.const 96) (local.get $t54))))
    (return (local.get $t55) (local.get $esp))
ends at 00001006: returns

