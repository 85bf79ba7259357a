# Parts of registers, and operands of 16 bits.
        mov ah, cl
        add dx, 0x1234
        movzx ebx, ah
        ret
