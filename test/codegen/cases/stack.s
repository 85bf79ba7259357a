# Stack: each access has its own check, esp is written when nothing can fail any more.
        push ebp
        mov ebp, esp
        mov eax, [ebp+8]
        pop ebp
        ret 4
