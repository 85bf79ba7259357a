# CLI and STI at CPL 0 are in line.
        pushfd
        cli
        inc dword ptr [eax]
        popfd
        ret
