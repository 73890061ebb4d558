#!/bin/bash
# takes 20 s
# The kernel's own style check has nothing to say, of the module or of what tests have in C. What is made of macros as the
# kernel's headers are, it does not take in them either: tests/fuzz/include is not looked at.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit

# Macros of the kernel's that checkpatch does not take for what they are, in its own trace headers either; and cmocka's
# struct CMUnitTest. And what is right in a kernel and not in a program.
user_space=CAMELCASE,EMBEDDED_FUNCTION_NAME,LONG_LINE_STRING,PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_KERNEL_TYPES
user_space+=,QUOTED_WHITESPACE_BEFORE_NEWLINE,SPLIT_STRING
exceptions() {
	case $1 in
	dm-quorum-trace.h) echo OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,SPACING ;;
	tests/unit/* | tests/bench/profile-*) echo AVOID_EXTERNS,CAMELCASE,PREFER_KERNEL_TYPES ;;
	utils/*) echo "$user_space" ;;
	tests/fuzz/*) echo "$user_space,PRINTK_WITHOUT_KERN_LEVEL,STRCPY" ;;
	*) echo NONE ;;
	esac
}

files=(dm-quorum*.[ch] tests/bench/*.c tests/bench/*/*.c tests/kunit/*.[ch] tests/unit/*.[ch] tests/unit/include/linux/*.h
	tests/fuzz/*.[ch] utils/*.[ch])
echo "1..${#files[@]}"
for file in "${files[@]}"; do
	if said=$(tests/vm/checkpatch -q --ignore "$(exceptions "$file")" "$file" 2>&1); then
		echo "ok - $file"
	else
		echo "not ok - $file"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
done
