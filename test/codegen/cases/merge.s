# Two ways that meet again: structured control flow without duplication.
        test al, 1
        jz even
        lea eax, [eax+eax*2+1]
        jmp done
even:   shr eax, 1
done:   mov [esi], eax
        ret
