// How the PVH target is entered (Xen, docs/misc/pvh.pandoc: "PVH guests"; QEMU's -kernel does the
// same): at the address in the note XEN_ELFNOTE_PHYS32_ENTRY (18), in 32-bit protected mode without
// paging, with flat segments, interrupts off and ebx the address of the start info. From there to
// 64-bit ring 0 with SSE on, the first GiB and the local APIC mapped to themselves.
//
// There is no interrupt table: an exception ends the machine (triple fault).

asm(R"(
.section .note.Xen, "a", @note
  .align 4
  .long 4, 8, 18
  .asciz "Xen"
  .quad pvh_entry

.section .data.tables, "aw", @progbits
  .align 4096
pml4:                                   # present, writable, user, accessed
  .quad pdpt + 0x27
  .skip 4096 - 8
pdpt:
  .quad directory + 0x27, 0, 0, high + 0x27
  .skip 4096 - 32
directory:                              # the same, dirty, and a large page
  .set page, 0
  .rept 512
  .quad page + 0xe7
  .set page, page + 0x200000
  .endr
high:                                   # uncached
  .skip 503 * 8
  .quad 0xfee00000 + 0xff
  .skip 8 * 8
segments:                               # none, 64-bit code, data
  .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
segments_end:
segments_pointer:
  .word segments_end - segments - 1
  .quad segments

.section .bss
  .align 4096
  .skip 65536
stack_end:

.text
.globl pvh_entry
.code32
pvh_entry:
  cli
  cld
  mov $pml4, %eax
  mov %eax, %cr3
  mov $0x620, %eax                      # CR4: PAE, OSFXSR, OSXMMEXCPT
  mov %eax, %cr4
  mov $0xc0000080, %ecx                 # EFER: long mode
  xor %edx, %edx
  mov $0x100, %eax
  wrmsr
  mov $0x80000033, %eax                 # CR0: PG, NE, ET, MP, PE
  mov %eax, %cr0
  lgdt segments_pointer
  ljmp $8, $1f
.code64
1:
  mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $stack_end, %esp
  xor %ebp, %ebp
  mov %ebx, %edi                        # the start info: the first argument
  call pvh_start
)");
