#!/bin/bash
# quorumsetup metrics --output: whoever reads the file sees what was there before, or all of what is new. What cannot be
# written leaves everything as it was.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 2 2048
quorum_create q 2 "${legs[@]}"
mkdir "$work/dir"
file=$work/dir/dm-quorum.prom
# state of the directory: each file, its kind, inode and contents
state() { find "$1" -printf '%P %y %i\n' | sort; cat "$1"/*; }

ok 'it is written' quorumsetup metrics --output "$file"
is "$(< "$file")" "$(quorumsetup metrics)" 'what would have been printed'
is "$(stat -c %a "$file")" 644 'others can read it'
ok 'a leg fails' message q fail 1
ln "$file" "$work/before"
before=$(< "$file")
ok 'it is written again' strace -o "$work/calls" -e trace=file quorumsetup metrics --output "$file"
is "$(< "$file")" "$(quorumsetup metrics)" 'with what is new'
is "$(< "$work/before")" "$before" 'the old file has not been touched'
is "$(grep -F "\"$file\"" "$work/calls" | grep -vE '^(execve|l?stat|newfstatat)' | sed 's/(.*//')" rename 'it has been replaced'
is "$(ls "$work/dir")" dm-quorum.prom 'and nothing else is there'
like "$(grep -o "\"$file\.[^\"]*\"" "$work/calls" | sort -u)" "^\"$file\.[A-Za-z0-9]{6}\"$" 'no collector takes the other for its own'

mkdir "$work/full"
mount -t tmpfs -o size=4k none "$work/full"
echo old > "$work/full/x"
before=$(state "$work/full")
fails 'no space' quorumsetup metrics --output "$work/full/x"
is "$(state "$work/full")" "$before" 'leaves the old file'
umount "$work/full"
mkfifo "$work/dir/fifo"
ln -s dm-quorum.prom "$work/dir/link"
before=$(find "$work/dir" -printf '%P %y %i\n' | sort)
# by itself, and not because nobody reads the fifo
refuses() {
	local status=0
	timeout 60 quorumsetup metrics --output "$1" || status=$?
	[ "$status" = 1 ]
}
for other in fifo link ''; do ok "a ${other:-directory} is refused" refuses "$work/dir/$other"; done
fails 'so is a directory that is not there' quorumsetup metrics --output "$work/none/x"
fails 'and another command' quorumsetup status --output "$work/dir/x"
is "$(find "$work/dir" -printf '%P %y %i\n' | sort)" "$before" 'and nothing changes'
done_testing
