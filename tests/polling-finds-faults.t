#!/bin/bash
# only on 6.12
# P5: the command that the administrator's guide has for those who poll says nothing of a device that is in order, and fails for
# one with a fault of any kind.
. "$(dirname "$0")/lib.sh"

command=$(sed -n "/^    dmsetup status --target quorum | awk '\$/,/^\$/p" Documentation/admin-guide.md)
like "$command" 'awk' 'the guide has it'
polls() { bash -c "$command"; }
finds() {
	fails "$1: it fails" polls
	is "$(polls)" "q: $(dmsetup status q)" 'and prints the device'
	message q reset_counters
	heal 1
}

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
ok 'all is well: it succeeds' polls
is "$(polls)" '' 'and says nothing'

fail_sectors 1 8
holds /dev/mapper/q 8 8 0x32
settle q
finds 'a leg cannot be read'
fail_writes 1
flush /dev/mapper/q
finds 'nor flushed'
write_at "$work/disk1" 16 1 0x42
holds /dev/mapper/q 16 8 0x32
settle q
finds 'one is wrong'
write_at "$work/disk2" 16 1 0x43
is "$(outcome read_at /dev/mapper/q 16 8)" EILSEQ 'all differ'
finds 'nobody has won'
ok 'when they are reset all is well again' polls
message q fail 1
finds 'a leg has failed'
done_testing
