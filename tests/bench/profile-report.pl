#!/usr/bin/perl
# profile-report.pl DIR: the table of profile, from the counts of the plugin and the guest's symbols.
use strict;
use warnings;
no warnings 'portable'; # addresses have 64 bits

use constant LEAST => 0.003; # of all instructions: what takes less is not told
my ($dir) = @ARGV;

# The parts of the work, by the names of functions and modules: the first that fits
my @parts = (
	['fio', qr/ \[user\]$/],
	['the vote', qr/^(memcmp|same_bytes|same_words|crc\w+|vote_on_blocks|quorum_vote\w*|quorum_tally\w*) /],
	['dm_quorum, the rest', qr/ \[dm_quorum\]$/],
	['md, dm-mirror and their logs', qr/ \[(md_mod|raid1|dm_mirror|dm_log|dm_region_hash)\]$/],
	['device-mapper', qr/ \[dm_mod\]$/],
	['the legs', qr/ \[(brd|null_blk)\]$|^xas?_(load|start) /],
	['memory', qr/^_*(kmem_|mempool|kmalloc|kfree|alloc_pages|get_page_from|rmqueue|free_unref|bio_(alloc|free|put))/],
	['block layer', qr/bio|blk|submit|bdev|_io_acct|disk|plug|iov_iter_extract|rcu_read|_find_next_bit/],
	['scheduler, work queues', qr/sched|load_avg|_curr|psi_|queue|pick|vruntime|switch|wake|wait|work|task|entity|cfs|clock/],
	['system calls, everything else', qr//],
);

sub lines { my ($name) = @_; open my $file, '<', "$dir/$name" or die "$dir/$name: $!\n"; return <$file> }

my ($requests) = lines 'out/requests';

# the functions, in the order of their addresses
my (@address, @function, @module);
for (sort { $a->[0] <=> $b->[0] } map { [hex((split ' ')[0]), $_] } grep { / [tw] /i } lines 'out/kallsyms') {
	my (undef, undef, $function, $module) = split ' ', $_->[1];
	next if @address && $address[-1] == $_->[0];
	push @address, $_->[0];
	push @function, $function;
	push @module, $module || '[kernel]';
}

sub find {
	my ($address) = @_;
	my ($low, $high) = (0, $#address);
	while ($low < $high) {
		my $middle = ($low + $high + 1) >> 1;
		if ($address[$middle] <= $address) { $low = $middle } else { $high = $middle - 1 }
	}
	return $low;
}

# executed{block}: by the requests: the second difference between marks
my %executed;
my @weight = (1, -2, 1);
for my $mark (0 .. 2) {
	for (lines "count.$mark") {
		my ($address, $length, $executed) = split ' ';
		$executed{"$address $length"} += $weight[$mark] * $executed;
	}
}

my (%instructions, %entered, %of_module, $total);
for my $block (keys %executed) {
	my ($address, $length) = split ' ', $block;
	$address = hex $address;
	my $n = $address ? find($address) : undef;
	my $name = defined $n ? "$function[$n] $module[$n]" : 'user [user]';
	my $taken = $executed{$block} * $length / $requests;
	$instructions{$name} += $taken;
	$of_module{(split ' ', $name)[1]} += $taken;
	$entered{$name} += $executed{$block} / $requests if defined $n && $address[$n] == $address;
	$total += $taken;
}

printf "%12s %8s  %s\n", 'instructions', 'entered', 'function';
for (sort { $instructions{$b} <=> $instructions{$a} } keys %instructions) {
	last if $instructions{$_} < ($ENV{LEAST} // LEAST) * $total;
	printf "%12.1f %8.2f  %s\n", $instructions{$_}, $entered{$_} // 0, $_;
}
print "\n";
my @modules = sort { $of_module{$b} <=> $of_module{$a} } grep { $of_module{$_} >= 1 } keys %of_module;
printf "%12.1f           %s\n", $of_module{$_}, $_ for @modules;
print "\n";

my %of_part;
for my $name (keys %instructions) {
	my ($part) = grep { $name =~ $_->[1] } @parts;
	$of_part{$part->[0]} += $instructions{$name};
}
printf "%12.1f           %s\n", $of_part{$_}, $_ for grep { $of_part{$_} } map { $_->[0] } @parts;
printf "%12.1f           all\n", $total;
