#!/usr/bin/perl
# poison-memory.pl PATTERN [MIB]: fills the machine's free memory, but for MIB (128), with the PATTERN, whose length divides
# 4096, and frees it again. Then it looks at 512 pages all over the memory, and says how many per cent of them hold it.
use strict;
use warnings;
use Fcntl 'SEEK_SET';

my ($pattern, $spare) = (@ARGV, 128);
my ($free) = do { local @ARGV = '/proc/meminfo'; map { /^MemFree:\s+(\d+)/ ? $1 : () } <> };

my $child = fork // die "fork: $!\n";
if (!$child) {
	# one string in one piece: huge pages, and nothing but memcpy
	my $poison = $pattern x (($free - $spare * 1024) * 1024 / length $pattern);
	exit 0;
}
waitpid $child, 0;
die "the memory could not be filled\n" if $?;

# /proc/kcore is an ELF file whose segments are the kernel's memory; those with a physical address are RAM
open(my $core, '<:raw', '/proc/kcore') or die "kcore: $!\n";
sub at {
	my ($position, $length) = @_;
	my $data;
	sysseek $core, $position, SEEK_SET;
	return (sysread($core, $data, $length) // 0) == $length ? $data : '';
}
my ($table, $size, $count) = unpack 'x32 Q x14 S2', at(0, 64);
my ($looked, $found) = (0, 0);
# type, flags, position, virtual address, physical address, size
my @segments = map { [unpack 'L2 Q4', at($table + $_ * $size, $size)] } 0 .. $count - 1;
my @ram = map { [@$_[2, 5]] } grep { $_->[0] == 1 && $_->[4] != ~0 && $_->[5] < 2 ** 40 } @segments;
my $pages = 0;
$pages += int($_->[1] / 4096) for @ram;
for my $nr (0 .. 511) {
	my $page = int($pages * $nr / 512);
	for (@ram) {
		my $here = int($_->[1] / 4096);
		if ($page < $here) {
			$looked++;
			$found++ if at($_->[0] + $page * 4096, 4096) eq $pattern x (4096 / length $pattern);
			last;
		}
		$page -= $here;
	}
}
print int(100 * $found / ($looked || 1)), "\n";
