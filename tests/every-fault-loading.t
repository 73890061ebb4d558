#!/bin/bash
# vm: --smp 1 --mem 1024
# only on the debug kernel
# takes 70 s
# P7: each allocation that the module makes when it is loaded fails in turn: it says that there is no memory, is not there, and
# has left nothing behind, or it does without.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

# where FUNCTION: its first address, and the next function's
where() { sort /proc/kallsyms | awk -v name="$1" 'found { print found, $1; exit } $3 == name { found = $1 }'; }
targets() { dmsetup targets | grep -c '^quorum ' || :; }

read -r start end <<< "$(where do_one_initcall)"
rmmod dm_quorum # and not what it needs
is "$(targets)" 0 'it is not loaded before'
ok 'all faults have had their turn' perl tests/every-fault-loading.pl "$(modinfo -n dm-quorum)" "$(printf %u "0x$start")" \
	"$(printf %u "0x$end")"
read -r struck refused < "$work/said"
diag "$struck faults, $refused of them kept it from being loaded"
ok 'some have struck' test "$struck" -gt 10
ok 'and most were told' test "$refused" -gt 5
is "$(targets)" 0 'it is not loaded'
modprobe dm-quorum
is "$(targets)" 1 'now it is'
loop_legs 3 1024
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 8 0x32
ok 'and works' holds /dev/mapper/q 0 8 0x32
done_testing
