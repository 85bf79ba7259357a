# A loop: registers stay in locals, flags that nobody reads are not computed, fuel is asked for on the way back.
again:  add [ebx+8], eax
        dec ecx
        jnz again
        hlt
