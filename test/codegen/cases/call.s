# A call ends a region; so does what the runtime executes.
        mov eax, 1
        call target
        mov cr3, eax
        inc eax
target: nop
        ret
