/* SPDX-License-Identifier: Apache-2.0
 * Test only: the one function that cryptography's wheel wants and Wine 8 lacks.
 * Windows 10 and later have it in bcryptprimitives.dll.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID octets, ULONG count);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE octets, SIZE_T count)
{
    while (count > 0) {
        ULONG part = count > 0x10000 ? 0x10000 : (ULONG)count;
        if (!SystemFunction036(octets, part))
            return FALSE;
        octets += part;
        count -= part;
    }
    return TRUE;
}
