region 00001000: 5 instructions in 10 bytes, 126 of WebAssembly
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
;; 00001007  ret 0x4  ;; 20
        (local.set $fuel (i32.sub (local.get $fuel) (i32.const 5)))
        (local.set $t1 (i32.load offset=4 (local.get $stack)))
        (local.set $esp (i32.add (local.get $esp) (i32.const 8)))
        (local.set $back (local.get $t1))
        (br $B4))
      (i32.store (i32.const 0) (local.get $eax))
      (i32.store (i32.const 20) (local.get $ebp))
;; exit
      (i32.store (i32.const 60) (local.get $fuel))
      (return (local.get $back) (local.get $esp)))
    (unreachable)
ends at 00001007: returns

