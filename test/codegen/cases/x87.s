# x87 arithmetic calls functions of the core module.
        fld qword ptr [eax]
        fadd st, st(1)
        fstp qword ptr [eax]
        ret
