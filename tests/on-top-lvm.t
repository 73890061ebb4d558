#!/bin/bash
# takes 15 s
# LVM on a quorum device: damage of a leg below a logical volume in use is outvoted, and told with its exact sectors (P1,
# P5), the legs end identical (P4), and LVM takes no leg for the physical volume: with legs that are used from an offset by
# itself, otherwise with a filter, without which it refuses to work.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
. "$(dirname "$0")/on-top.sh"

export LVM_SYSTEM_DIR=$work/lvm LVM_SUPPRESS_FD_WARNINGS=1
mkdir "$LVM_SYSTEM_DIR"
# filter PATTERN...
filter() {
	local patterns
	patterns=$(printf '"%s", ' "$@")
	echo "devices { global_filter = [ ${patterns%, } ] }" > "$LVM_SYSTEM_DIR/lvm.conf"
}
# the physical volumes there are, and of what volume group; and what LVM has to complain of
volumes() { pvs --noheadings --separator ' ' -o pv_name,vg_name 2>&1 | sed 's/^ *//; s/ *$//'; }

loop_legs 3 65536
record_events

# --- legs that are used from an offset
skipped=$spare
size=$((65536 - spare))
quorum_create q 2 "${legs[0]}+$spare" "${legs[1]}+$spare" "${legs[2]}+$spare"
is "$(volumes)" '' 'there is no physical volume before'
ok 'a volume group is made' vgcreate -q vg /dev/mapper/q
ok 'a logical volume is made' lvcreate -q -y -n data -L 8m vg
is "$(volumes)" '/dev/mapper/q vg' 'the physical volume is the quorum device, and LVM has no complaints'
read -r _ _ _ device below <<< "$(dmsetup table vg-data)"
is "$device" "$(dev_number /dev/mapper/q)" 'the logical volume is on the quorum device'

ok 'it is written' write_at /dev/vg/data $load_sectors 16 0x32
outvoted /dev/vg/data $load_sectors $((below + load_sectors))
ok 'the volume group can be deactivated' vgchange -q -an vg
ok 'and activated' vgchange -q -ay vg
ok 'the data are there' holds /dev/vg/data $load_sectors 16 0x33
ok 'the logical volume can be removed' lvremove -q -y vg/data
drop q
identical
is "$(volumes)" '' 'without the quorum device there is no physical volume'

# --- legs that are used from their first sector
skipped=0
size=65536
clear_legs
quorum_create q 2 "${legs[@]}"
ok 'a physical volume is made' pvcreate -q /dev/mapper/q
like "$(volumes)" 'prefers device /dev/mapper/q because device is in dm subsystem' 'LVM finds it on the legs, too'
fails 'and does not take it for a volume group' vgcreate -q vg /dev/mapper/q

filter 'a|^/dev/mapper/q$|' 'r|.*|'
is "$(volumes)" '/dev/mapper/q' 'with a filter it is there once'
ok 'the volume group can be made' vgcreate -q vg /dev/mapper/q
ok 'and a logical volume' lvcreate -q -y -n data -L 8m vg
filter "${legs[@]/*/r|^&\$|}"
is "$(volumes)" '/dev/mapper/q vg' 'a filter that names the legs does as well'
read -r _ _ _ _ below <<< "$(dmsetup table vg-data)"
ok 'it is written' write_at /dev/vg/data $load_sectors 16 0x32
write_at "$work/disk1" $((below + load_sectors)) 1 0xee
ok 'the data are right, with damage below them' holds /dev/vg/data $load_sectors 16 0x32
is_told "$((below + load_sectors))+1" 'the damage is told exactly'
is "$(blame)" "$leg1_only" 'one leg is blamed'
ok 'it is written again' write_at /dev/vg/data $load_sectors 16 0x33
ok 'the volume group can be deactivated' vgchange -q -an vg

filter 'a|.*|'
fails 'without the filter it cannot be activated' vgchange -q -ay vg
drop q
identical
like "$(volumes)" '/dev/loop[0-9]+ vg' 'and without the quorum device, LVM takes a leg for the physical volume'
filter 'a|^/dev/mapper/q$|' 'r|.*|'
is "$(volumes)" '' 'with the filter it does not'
done_testing
