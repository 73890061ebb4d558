#!/bin/bash
# P5: when too few legs can be read, the reader gets the error that most of them gave, and each event has its leg's own.
# The row "2 read errors": QEMU votes on the error too.
. "$(dirname "$0")/lib.sh"

# scsi_debug's disks have a medium error (ENODATA to a reader) at sector 0x1234. All its disks share one memory.
modprobe sd_mod
modprobe -q scsi_debug dev_size_mb=8 max_luns=2 opts=2 || skip_all 'no scsi_debug in this kernel'
at_end 'remove_devices; devices=(); modprobe -qr scsi_debug'
scsi_disks() { find /sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/ -path '*/block/sd*' -prune -printf '%f\n'; }
two_disks() { [ "$(scsi_disks | wc -l)" -eq 2 ]; }
poll two_disks
mapfile -t names < <(scsi_disks | sort)
names=("${names[@]/#//dev/}")
poll test -b "${names[1]}"

loop_legs 1 16384
wrap_legs
disks+=("${names[@]}")
bad=$((0x1234))
fail_sectors 0 "$bad"
quorum_create q 2 "${legs[0]}" "${names[@]}"
record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'
is "$(outcome read_at "${legs[0]}" "$bad" 1)" EIO 'leg 0 says EIO'
for leg in 0 1; do is "$(outcome read_at "${names[leg]}" "$bad" 1)" ENODATA "leg $((leg + 1)) says ENODATA"; done

is "$(outcome read_at /dev/mapper/q "$bad" 1)" ENODATA 'the device says what most legs say'
is "$(counters q)" '0 1 0 0 / 0 1 0 0 / 0 1 0 0 / 0 1 0 0' 'an error of each leg, a block without a quorum'
ok 'it is told' wait_events 4
is "$(event_values DM_QUORUM_ERROR DM_QUORUM_LEG=0)" 5 'EIO of leg 0'
for leg in 1 2; do is "$(event_values DM_QUORUM_ERROR "DM_QUORUM_LEG=$leg")" 61 "ENODATA of leg $leg"; done
is "$(event_values DM_QUORUM_ERROR DM_ACTION=QUORUM_FAILURE)" 61 'ENODATA in the failure'
is "$(event_values DM_QUORUM_VERSIONS DM_ACTION=QUORUM_FAILURE)" 'x x x' 'no leg had a version'

# other tests want other disks of it
dm remove q
unset 'devices[-1]'
ok 'the disks are not left open' exclusive "${names[@]}"
disks=("${disks[0]}")
ok 'nothing holds them' poll modprobe -r scsi_debug
done_testing
