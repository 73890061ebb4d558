#!/bin/bash
# P1: blkverify stops at the first byte in which the two legs differ and names it, in an event and in the kernel's log.
# QEMU iotest 081 case 7.
. "$(dirname "$0")/lib.sh"

# corrupt BYTE-OFFSET: changes that one byte of leg 1
corrupt() { printf '\x42' | dd of="$work/disk1" bs=1 seek="$1" conv=notrunc status=none; }

# read_names BYTE SECTOR SECTORS: this read fails, and BYTE is named
read_names() {
	forget_events
	mark_log "reading $2+$3 for $1"
	is "$(outcome read_at /dev/mapper/q "$2" "$3")" EILSEQ "the read of $2+$3 fails"
	ok 'it is told' wait_events 1 DM_ACTION=QUORUM_FAILURE
	is "$(event_values DM_QUORUM_BYTE | head -n 1)" "$1" "the event names byte $1"
	like "$(kernel_log "reading $2+$3 for $1")" "device-mapper: quorum: .*[^0-9]$1([^0-9]|$)" "the kernel's log does"
}

loop_legs 2 2048
quorum_create q 2 "${legs[@]}" -- blkverify
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

corrupt 700000
corrupt 51300
corrupt 51207
read_names 51207 96 8
read_names 51207 100 1
read_names 51207 0 256
read_names 700000 1280 256
ok 'where the legs are equal they can be read' holds /dev/mapper/q 256 1024 0x32
is "$(status q mismatches 0) $(status q mismatches 1)" '0 0' 'neither leg is blamed'
is "$(event_count DM_ACTION=QUORUM_REPORT_BAD)" 0 'neither in an event'

write_at "$work/disk1" 0 2048 0x42
read_names 0 0 256
done_testing
