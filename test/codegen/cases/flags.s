# Flags: a comparison followed by its branch is one WebAssembly comparison; SETcc and ADC read what they need.
        cmp eax, edx
        jl less
        sub ecx, 1
        adc esi, 0
        setz al
less:   test edi, edi
        ret
