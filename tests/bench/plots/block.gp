load plots.'/style.inc'
set output 'block.svg'
set multiplot layout 1,2
set xlabel 'KiB'
set ylabel 'instructions of a request'
set logscale x 2
set logscale y 10
do for [rw in 'randread randwrite'] {
	set title rw
	plot for [i=0:*] 'block-'.rw.'.dat' index i using 1:2 title columnheader(1)
}
